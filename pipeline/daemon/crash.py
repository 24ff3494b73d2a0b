"""What is told where the last run ended badly. Pure: what is known in, an alert out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.corefile import DumpName
from pipeline.display import one_line, utc
from pipeline.journal.rows import DumpRow
from pipeline.model import Alert, Severity

_MOST_NAMED = 5


@dataclass(frozen=True, kw_only=True)
class Crash:
    """How a run ended that nobody had asked to end."""

    started: float
    last_alive: float | None
    """When it was last known to be at work."""
    restarted: bool | None
    """Whether the machine has booted since; None where nobody knows."""
    in_flight: Sequence[DumpRow]
    """What it was working on."""

    def alert(self) -> Alert:
        lines = [
            ("Started", utc(self.started)),
            ("Last alive", None if self.last_alive is None else utc(self.last_alive)),
            ("Machine", self._machine()),
            ("Was at work on", self._work()),
            ("Next", "see what its log says of the last minutes before this start"),
        ]
        return Alert(
            event="daemon.crashed",
            severity=Severity.WARNING,
            what="panicpipe ended without being asked to, and runs again",
            lines=tuple((label, text) for label, text in lines if text),
            facts={
                "started": self.started,
                "last_alive": self.last_alive,
                "machine_restarted": self.restarted,
                "dumps": [row.id for row in self.in_flight],
            },
            signature="crash",
            topic="crash",
        )

    def _machine(self) -> str | None:
        if self.restarted is None:
            return None
        if self.restarted:
            return "was restarted meanwhile: perhaps it lost power, or panicked itself"
        return "was not restarted: panicpipe alone crashed or was killed"

    def _work(self) -> str:
        if not self.in_flight:
            return "nothing"
        named = ", ".join(map(_named, self.in_flight[:_MOST_NAMED]))
        more = len(self.in_flight) - _MOST_NAMED
        rest = f" and {more} more" if more > 0 else ""
        return f"{named}{rest}: taken up again"


def _named(row: DumpRow) -> str:
    client = DumpName.parse(row.raw_name).client
    of = f" from {client}" if client and client not in row.name else ""
    return f"dump {row.id} ({one_line(row.name, 120)}{of})"
