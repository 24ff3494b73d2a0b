"""Has alike alerts of one Mac go out together: the first at once, those after it as one digest.

Windows double while digests keep coming, so that a panic loop gives a handful of messages.
"""

from __future__ import annotations

import dataclasses

import msgspec

from pipeline.journal import Journal
from pipeline.journal.groups import Window
from pipeline.model import Alert
from pipeline.owing.digest import digest

LONGEST = 6 * 3600.0
"""Seconds that the longest window takes, unless the configuration asks for more at once."""
_MOST_MEMBERS = 500
"""In one digest: it carries the facts of all of them."""
_UNKNOWN = "unknown"
"""Stands for the Mac where none is known."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Place:
    """Where an alert goes: into its turn, or held until its group's window ends."""

    group: str | None = None
    held_until: float | None = None


def group_of(alert: Alert) -> str | None:
    """Return the same text for alike alerts of one Mac; None for what is never grouped."""
    if alert.signature is None:
        return None
    return msgspec.json.encode([alert.event, alert.client or _UNKNOWN, alert.signature]).decode()


class Grouping:
    """Decides what is held, and makes digests of it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def place(self, route: str, alert: Alert, seconds: float, now: float) -> Place:
        """Say where an alert goes that is owed now; `seconds` is a group's first window."""
        group = group_of(alert) if seconds > 0 else None
        if group is None:
            return Place()
        known = self._journal.groups.find(route, group)
        if known is not None and now < known.opened:  # the clock went back
            known = _window(now, known.seconds)
            self._journal.groups.put(route, group, known)
        if known is not None and now < known.until:
            return Place(group=group, held_until=known.until)
        # The window is over, or there was none. Where an alike alert still waits for its route to
        # work, this one goes with those that come after it.
        waits = self._journal.groups.waits(route, group)
        if known is not None and waits:
            seconds = known.seconds
        elif known is not None and self._goes_on(route, group, known, now):
            seconds = _longer(known.seconds)
        opened = _window(now, seconds)
        self._journal.groups.put(route, group, opened)
        return Place(group=group, held_until=opened.until if waits else None)

    def _goes_on(self, route: str, group: str, last: Window, now: float) -> bool:
        """Whether what comes and goes still does: all that was held was overtaken by newer news."""
        lately = now - last.until < last.seconds
        return lately and self._journal.groups.was_overtaken(route, group, last)

    def collect(self, route: str, now: float) -> None:
        """Let what is held no longer take its turn: alone as itself, several as one digest."""
        with self._journal.transaction():
            for group in self._journal.groups.due(route, now):
                self._tell(route, group, now)
                known = self._journal.groups.find(route, group)
                if known is not None:
                    self._journal.groups.put(route, group, _window(now, _longer(known.seconds)))

    def _tell(self, route: str, group: str, now: float) -> None:
        held = self._journal.groups.held(route, group)
        for start in range(0, len(held), _MOST_MEMBERS):
            members = held[start : start + _MOST_MEMBERS]
            if len(members) == 1:
                self._journal.groups.release(members[0].id)
            else:
                self._journal.groups.tell_together(members, digest(members), now)


def _longer(seconds: float) -> float:
    return max(seconds, min(2 * seconds, LONGEST))


def _window(now: float, seconds: float) -> Window:
    return Window(opened=now, until=now + seconds, seconds=seconds)
