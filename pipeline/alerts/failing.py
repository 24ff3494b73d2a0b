"""Tells of a route that keeps failing, over the other routes: over its own, nobody would hear."""

from __future__ import annotations

from pipeline.display import one_line, utc
from pipeline.journal import Journal
from pipeline.journal.rows import RouteRow
from pipeline.model import Alert
from pipeline.owing import Desk
from pipeline.owing.events import EVENTS

EVENT = "route.failing"
_ENOUGH = 3
"""Failures in a row after which it is more than a passing fault."""
_AGAIN = 86400.0
"""Seconds after which it is told once more, while it lasts."""
_LEAST = 3600.0
"""Seconds between two times that it is told: a route may recover and fail again and again."""


class Failures:
    """Keeps count of each route's failures, and tells of what lasts."""

    def __init__(self, journal: Journal, desk: Desk) -> None:
        self._journal = journal
        self._desk = desk

    def note(self, route: str, reason: str, now: float, *, refused: bool = False) -> bool:
        """Count one, in the caller's transaction; True where others were owed the news of it."""
        count = self._journal.routes.fail(route, reason)
        if refused or count >= _ENOUGH:
            self._journal.routes.begin_to_fail(route, now)
        return self.remind(route, now)

    def remind(self, route: str, now: float) -> bool:
        """Tell of a route that fails, unless that was done lately."""
        known = self._journal.routes.find(route)
        if known.failing_since is None:
            return False
        self._journal.conditions.put(_condition(route), known.failing_since, line(known))
        if not _is_news(known, now):
            return False
        waiting = self._journal.outbox.count()[route]
        self._journal.routes.tell(route, now)
        self._desk.owe(None, failing_alert(known, waiting), now, but=route)
        return True

    def end(self, route: str, now: float) -> None:
        """Something got through: who was not told yet hears nothing, but of what was refused."""
        failed = self._journal.routes.find(route).failing_since is not None
        if failed and not self._journal.outbox.has_aside(route):
            self._journal.outbox.withdraw(_topic(route), "the route works again")
        self._journal.routes.succeed(route, now)
        self._journal.conditions.clear(_condition(route))

    def forget(self, route: str) -> None:
        """The route is gone, and whether it fails is nobody's concern."""
        self._journal.outbox.withdraw(_topic(route), "the route is gone")
        self._journal.routes.remove(route)
        self._journal.conditions.clear(_condition(route))


def _is_news(known: RouteRow, now: float) -> bool:
    told, since = known.told, known.failing_since or now
    if told is None or told > now:  # the clock went back: rather once too often
        return True
    known_before = told >= since or since > now  # it cannot have begun later than now
    return now - told >= (_AGAIN if known_before else _LEAST)


def line(known: RouteRow) -> str:
    """Return what stands in `panicpipe status` of it."""
    return one_line(f"alerts to {known.name} do not get through: {known.error}", 400)


def failing_alert(known: RouteRow, waiting: int) -> Alert:
    topic = _topic(known.name)
    lines = [
        ("Route", known.name),
        ("Reason", known.error),
        ("Since", _moment(known.failing_since)),
        ("Last sent", _moment(known.last_sent) or "nothing yet"),
        ("Waiting", f"{waiting} {'alert' if waiting == 1 else 'alerts'}, which nothing loses"),
        ("Next", f"mend it; `panicpipe alert test {known.name}` says what its service answers"),
    ]
    return Alert(
        event=EVENT,
        severity=EVENTS[EVENT],
        what=one_line(f"alerts to {known.name} do not get through", 120),
        lines=tuple((label, one_line(text)) for label, text in lines if text),
        facts={
            "route": known.name,
            "reason": known.error,
            "failing_since": known.failing_since,
            "failures": known.failures,
            "last_sent": known.last_sent,
            "waiting": waiting,
        },
        topic=topic,
        supersedes=(topic,),
    )


def _topic(route: str) -> str:
    return f"route:{route}"


def _condition(route: str) -> str:
    return f"{EVENT}:{route}"


def _moment(seconds: float | None) -> str | None:
    return None if seconds is None else utc(seconds)
