"""What becomes of alerts that are owed to routes which the configuration has no more.

A URL that changes gives its destination another name: what was owed to the old one goes to the new
one. So does what was owed to a destination that was taken out, where a remaining one of the same
notifier has not been owed it; otherwise, people are told by that one. Nothing is let go silently.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from pipeline.alerts.failing import Failures
from pipeline.alerts.routes import Route
from pipeline.alerts.settling import named
from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert

_log = logging.getLogger("panicpipe.alerts")

_LONG_OVER = 7 * 86400.0
"""Seconds after which no window lasts any more."""


def settle_routes(
    journal: Journal, routes: Sequence[Route], failures: Failures, now: float
) -> None:
    """Make the journal's routes those of the configuration."""
    with journal.transaction():
        known = {row.name for row in journal.routes.all()}
        _Heirs(journal, routes, known).pass_on()
        for gone in known.difference(route.name for route in routes):
            journal.groups.forget(gone)
            failures.forget(gone)
        for route in routes:
            journal.routes.add(route.name)
        journal.groups.forget_older(now - _LONG_OVER)


class _Heirs:
    """The routes that there are, and which of them take over."""

    def __init__(self, journal: Journal, routes: Sequence[Route], known: set[str]) -> None:
        self._journal = journal
        self._routes = routes
        self._names = {route.name for route in routes}
        self._known = known

    def pass_on(self) -> None:
        for owed in self._journal.outbox.pending():
            if owed.route not in self._names and owed.digest is None:
                self._pass(owed)

    def _pass(self, owed: OwedAlert) -> None:
        what = named(owed)
        candidates = self._candidates(owed.route)
        heir = next((name for name in candidates if self._lacks(name, owed)), None)
        if heir is not None:
            self._journal.outbox.redirect(owed.id, heir)
            _log.warning("alert: %s: its route is gone: it goes to %s", what, heir)
            return
        reason = "its notifier is no longer configured"
        if candidates:
            reason = f"its route is gone, and it was owed to {', '.join(candidates)} as well"
        self._journal.outbox.drop(owed.id, reason)
        _log.error("alert: %s: dropped: %s", what, reason)

    def _candidates(self, gone: str) -> list[str]:
        """Return the notifier's routes: of the same kind first, and of those the new ones."""
        found = [
            route.name
            for route in self._routes
            if gone == route.notifier or gone.startswith(f"{route.notifier}/")
        ]
        return sorted(found, key=lambda name: (_kind(name) != _kind(gone), name in self._known))

    def _lacks(self, route: str, owed: OwedAlert) -> bool:
        members = self._journal.groups.members(owed.id) or [owed]
        return not all(self._journal.outbox.owes_same(route, member) for member in members)


def _kind(route: str) -> str:
    """Return `slack` of `ops/slack-1f0c`."""
    return route.partition("/")[2].rpartition("-")[0]
