"""What an outcome is made of, and how its alerts name things. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.display import one_line
from pipeline.journal.rows import DumpRow
from pipeline.model import Artifact, Line

_LONGEST_WHAT = 120
_LONGEST_ABOUT = 80
MaybeLine = tuple[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """All that an outcome, or the news of something on the way to it, is made of."""

    row: DumpRow
    client: str | None
    generated_name: bool
    """Whether kdumpd's client made the name; any other may be a fixed corename."""
    artifacts: tuple[Artifact, ...]
    named_xnu: str | None = None
    """The kernel's version as the name gives it."""

    @property
    def about(self) -> str:
        """What a title begins with where no Mac is known."""
        return one_line(self.row.name, _LONGEST_ABOUT)

    @property
    def has_zip(self) -> bool:
        return any(made.kind == "zip" for made in self.artifacts)


def what_happened(ending: Ending, what: str) -> str:
    """Return what a title says after the Mac."""
    again = f" (revision {ending.row.revision})" if ending.row.revision > 1 else ""
    return one_line(what, _LONGEST_WHAT - len(again)) + again


def known(lines: Iterable[MaybeLine]) -> tuple[Line, ...]:
    """Return an alert's lines; one about which nothing is known is left out.

    Each passes through `one_line` here once more, wherever it came from.
    """
    return tuple((label, one_line(text)) for label, text in lines if text)


def transfer_topic(dump: int) -> str:
    """What is told while a dump arrives."""
    return f"transfer:{dump}"


def failure_topic(dump: int) -> str:
    """What is told of work on a dump that does not succeed."""
    return f"failure:{dump}"
