"""Which alert of a route is sent next, and when: the oldest, until it is sent or gives way."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert
from pipeline.owing.grouping import Grouping
from pipeline.pauses import Pauses

ASIDE = Pauses(first=3600.0, longest=86400.0)
"""Pauses of an alert that its service refuses: nobody waits for it, and it may yet be taken."""
BETWEEN_REFUSALS = 600.0
"""Seconds between two such alerts at least, for as long as none is taken."""
LONGEST_REST = 86400.0
"""Seconds at most that a service is left alone where it asks for that."""
STUBBORN = 10
"""Failures of one alert after which the next one may show whether it is the alert or the route."""


@dataclass(frozen=True, kw_only=True)
class Turn:
    """What to do next on a route."""

    owed: OwedAlert | None = None
    """To be sent now."""
    before: OwedAlert | None = None
    """The older alert that keeps failing: this one shows whether the route does."""
    wait: float | None = None
    """Seconds until there may be something to send; None where only news can bring it."""


class Turns:
    """Decides whose turn it is; all it goes by is in the journal, so that a restart is none."""

    def __init__(self, journal: Journal, pauses: Pauses) -> None:
        self._journal = journal
        self._pauses = pauses
        self._grouping = Grouping(journal)

    def next(self, route: str, now: float) -> Turn:
        rest = _remaining(self._journal.routes.find(route).not_before, now, LONGEST_REST)
        if rest:
            return Turn(wait=rest)
        waiting = self._journal.outbox.in_turn(route, 2)
        collects = not waiting or _may_collect(waiting)
        if collects and self._journal.groups.due(route, now):
            self._grouping.collect(route, now)
            waiting = self._journal.outbox.in_turn(route, 2)
        return self._chosen(route, waiting, now, collects=collects)

    def _chosen(self, route: str, waiting: list[OwedAlert], now: float, *, collects: bool) -> Turn:
        waits = []
        if waiting:
            pause = self._pauses.remaining(waiting[0].next_try, now)
            if not pause:
                return self._first_or_next(waiting, now)
            waits.append(pause)
        aside = self._journal.outbox.first_aside(route, now, ASIDE.longest)
        if aside is not None:
            pause = ASIDE.remaining(aside.next_try, now)
            if not pause:
                return Turn(owed=aside)
            waits.append(pause)
        due = self._journal.groups.next_due(route) if collects else None
        if due is not None:
            waits.append(max(due - now, 0.0))
        return Turn(wait=min(waits, default=None))

    def _first_or_next(self, waiting: list[OwedAlert], now: float) -> Turn:
        """Return the oldest; or the one behind it, once for so many failures of the oldest."""
        first, *others = waiting
        fails = self._journal.routes.find(first.route).failures > 0
        for other in others if fails else ():
            tried = other.attempts >= first.attempts // STUBBORN
            if not tried and not self._pauses.remaining(other.next_try, now):
                return Turn(owed=other, before=first)
        return Turn(owed=first)


def _may_collect(waiting: list[OwedAlert]) -> bool:
    """While a route fails, what is held stays together: one digest then tells all of it.

    But a stubborn alert needs one behind it, to show whether it is the alert or the route.
    """
    first = waiting[0]
    return first.attempts == 0 or (first.attempts >= STUBBORN and len(waiting) == 1)


def _remaining(moment: float, now: float, longest: float) -> float:
    """Seconds until then; 0 where it is past, or lies further ahead than it can, by the clock."""
    wait = moment - now
    return wait if 0 < wait <= longest else 0.0
