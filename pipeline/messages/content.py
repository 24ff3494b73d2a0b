"""What a template has to work with: one alert's words, from the most important on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from pipeline.display import one_line
from pipeline.messages.escaping import Exact
from pipeline.model import Alert, Severity

_LONGEST_WHAT = 120
_LONGEST_ABOUT = 72
_MOST_ITEMS = 500
_MARKS = {Severity.WARNING: "warning", Severity.ERROR: "error"}
_EXACT = ("panic", "frames", "top frames", "backtrace", "kexts", "kernel uuid", "sha-256")
"""How labels begin whose text people compare and search for letter by letter."""


class Row(NamedTuple):
    """A label and its text."""

    label: str
    text: str


@dataclass(frozen=True, kw_only=True)
class Content:
    """An alert with its Mac's name, possibly cut short."""

    alert: Alert
    name: str | None
    rows: Sequence[Row]
    remarks: Sequence[str]
    left_out: int = 0
    """How many lines and remarks were cut off at the end."""
    notes: Sequence[str] = ()
    """Remarks about the message itself, which are never cut off."""

    @property
    def whom(self) -> str | None:
        """Whom it happened to, as the title begins."""
        if self.alert.client is None:
            return self.alert.about and one_line(self.alert.about, _LONGEST_ABOUT)
        return f"{self.name} ({self.alert.client})" if self.name else self.alert.client

    @property
    def length(self) -> int:
        """How much of it could still be left out."""
        return len(self.rows) + len(self.remarks)

    def first(self, count: int) -> Content:
        """Return the same with the first `count` of its lines and remarks."""
        return replace(
            self,
            rows=self.rows[:count],
            remarks=self.remarks[: max(count - len(self.rows), 0)],
            left_out=self.left_out + self.length - count,
        )

    def shortened(self, longest: int) -> Content:
        """Return the same with no line longer than that; half a link would lead nowhere."""
        return replace(self, rows=tuple(_shortened(row, longest) for row in self.rows))

    def noting(self, notes: Sequence[str]) -> Content:
        return replace(self, notes=tuple(notes))

    def variables(self) -> Mapping[str, Any]:
        """Return what a template knows, by name."""
        alert = self.alert
        return {
            "event": alert.event,
            "severity": str(alert.severity),
            "mark": _MARKS.get(alert.severity, ""),
            "what": one_line(alert.what, _LONGEST_WHAT),
            "whom": self.whom,
            "name": self.name,
            "client": alert.client,
            "about": alert.about,
            "verdict": None if alert.verdict is None else str(alert.verdict),
            "lines": self.rows,
            "remarks": [*self.remarks, *self._ending(), *self.notes],
            "facts": alert.facts,
        }

    def _ending(self) -> Sequence[str]:
        if not self.left_out:
            return ()
        return (f"… {self.left_out} more line{'s' if self.left_out > 1 else ''}",)


def content(alert: Alert, name: str | None) -> Content:
    """Return all that an alert says."""
    whole = Content(alert=alert, name=name, rows=(), remarks=alert.remarks)
    rows = tuple(_row(label, text, whole.whom) for label, text in alert.lines)
    whole = replace(whole, rows=rows)
    return whole.first(min(whole.length, _MOST_ITEMS))


def _shortened(row: Row, longest: int) -> Row:
    if len(row.text) <= longest:
        return row
    if "://" in row.text.partition(" ")[0]:
        return Row(row.label, f"has {len(row.text)} characters, too many for this message")
    return Row(row.label, type(row.text)(one_line(row.text, longest)))


def _row(label: str, text: str, whom: str | None) -> Row:
    if label == "Mac":
        return Row(label, whom or text)
    return Row(label, Exact(text) if label.lower().startswith(_EXACT) else text)
