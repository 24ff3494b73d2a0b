"""How old a file is by the time that the daemon was there to see pass.

A clock that jumps, to 2060 or to where it should have been all along, must not make every dump
years old at once. The daemon notes the time as it works; a gap of more than a week between two
notes is time that nobody witnessed, and no file grows older by it. The price: a machine that was
off for a month keeps its dumps a month longer, and one that starts in 1970 until the network tells
it the time begins every age anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

LONGEST_GAP = 7 * 86400.0
"""Seconds between two notes that are taken as having really passed."""


@dataclass(frozen=True, kw_only=True)
class Witnessed:
    """What is known of the time that has passed."""

    noted: float
    """The last time that was noted."""
    gaps: tuple[tuple[float, float], ...] = ()
    """From when to when nobody was there, by the clock."""

    @classmethod
    def first(cls, newest_event: float | None, now: float) -> Witnessed:
        """Begin where nothing was noted yet, with the newest time that is on any record."""
        return cls(noted=now if newest_event is None else newest_event).at(now)

    def at(self, now: float) -> Witnessed:
        """Note the time."""
        if now < self.noted:  # the clock was set back: what it said of later times was wrong
            gaps = _before(now, self.gaps)
        elif now - self.noted > LONGEST_GAP:
            gaps = (*self.gaps, (self.noted, now))
        else:
            gaps = self.gaps
        return Witnessed(noted=now, gaps=gaps)

    def since(self, moment: float) -> float:
        """Return from when a file's age has to be counted, which was complete at `moment`."""
        unseen = (end - max(begin, moment) for begin, end in self.gaps if end > moment)
        return moment + sum(unseen)

    def text(self) -> str:
        return msgspec.json.encode(self.gaps).decode()


def read(noted: float, text: str) -> Witnessed:
    """Make it again from what the journal keeps."""
    gaps = msgspec.json.decode(text, type=tuple[tuple[float, float], ...])
    return Witnessed(noted=noted, gaps=gaps)


def _before(now: float, gaps: Iterable[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((begin, min(end, now)) for begin, end in gaps if begin < now)
