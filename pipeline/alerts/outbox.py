"""Sends what the journal owes: each route in order, none waiting for another, until it is sent."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from pipeline.alerts.delivery import deliver, earlier
from pipeline.alerts.failing import Failures
from pipeline.alerts.heirs import settle_routes
from pipeline.alerts.receipts import Receipt, Receipts, Slip
from pipeline.alerts.routes import Route, routes
from pipeline.alerts.sender import Letter
from pipeline.alerts.settling import Settling, named
from pipeline.alerts.turns import Turn, Turns
from pipeline.confinement import Terms
from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert
from pipeline.messages.style import Style
from pipeline.owing import Desk, Destination, Rule
from pipeline.pauses import Pauses
from pipeline.plugin import Notifier
from pipeline.registry.discovery import Built

_log = logging.getLogger("panicpipe.alerts")

_SEND_LIMIT = 120.0
"""Seconds after which a notifier that does not come back is killed."""
_LONGEST_LOCAL_PAUSE = 60.0
"""Seconds at most between tries while this machine itself, such as a full volume, is in the way."""


class Outbox:
    """The alerting lane of the daemon."""

    def __init__(
        self,
        journal: Journal,
        notifiers: Sequence[Built[Notifier]],
        pauses: Pauses,
        receipts: Path,
        *,
        rules: Mapping[str, Rule] | None = None,
        style: Style | None = None,
        terms: Terms | None = None,
        limit: float = _SEND_LIMIT,
        file: Path | None = None,
    ) -> None:
        """Take the lane; `receipts` is a directory of its own, made where it is missing.

        `rules` are those of the notifiers, by name; `terms` say what the children give up that
        send. ConfigError, which names the configuration's
        `file`, where a notifier cannot tell its destinations.
        """
        self._journal = journal
        self._routes = routes(notifiers, file)
        self._pauses = pauses
        self._receipts = Receipts(receipts)
        self._limit = limit
        self._style = style or Style()
        self._terms = terms or Terms()
        self._news = {route.name: asyncio.Event() for route in self._routes}
        self.desk = Desk(journal, _destinations(self._routes, rules or {}))
        self._failures = Failures(journal, self.desk)
        self._turns = Turns(journal, pauses)
        self._settling = Settling(journal, pauses, self._failures)

    @property
    def routes(self) -> tuple[str, ...]:
        """Names of the routes."""
        return tuple(route.name for route in self._routes)

    def wake(self) -> None:
        """Something new may be owed."""
        for event in self._news.values():
            event.set()

    async def run(self) -> None:
        """Send until cancelled; a delivery under way then gets a moment to end."""
        try:
            self._tidy()
        except (OSError, sqlite3.Error) as error:
            _log.error("alerts: what is no longer needed cannot be removed: %s", error)
        async with asyncio.TaskGroup() as group:
            for route in self._routes:
                group.create_task(self._serve(route))

    def _tidy(self) -> None:
        """See to alerts whose route is gone, and to slips that no alert asks about."""
        settle_routes(self._journal, self._routes, self._failures, time.time())
        owed = self._journal.outbox.pending()
        self._receipts.keep_only({(alert.id, alert.attempts) for alert in owed})

    async def _serve(self, route: Route) -> None:
        """Send what this route owes, for ever; no fault of the machine ends the lane."""
        failures = 0
        while True:
            try:
                await self._next(route)
                failures = 0
            except (OSError, sqlite3.Error) as error:
                failures += 1
                _log.error("alerts to %s: %s", route.name, error)
                await asyncio.sleep(self._local_pause(failures))

    async def _next(self, route: Route) -> None:
        """Send the alert whose turn it is, or wait until there is one, or its pause may be over."""
        news = self._news[route.name]
        news.clear()
        turn = self._turns.next(route.name, time.time())
        if turn.owed is not None:
            await self._send(route, turn.owed, turn)
            return
        # Not wait_for: on Python 3.11 it loses a cancellation that comes with the news.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(turn.wait):
                await news.wait()

    async def _send(self, route: Route, owed: OwedAlert, turn: Turn) -> None:
        slip = self._receipts.slip(owed.id, owed.attempts)
        try:
            receipt = await self._receipt(route, owed, slip)
            await self._record(owed, turn, receipt)
            slip.discard()
        except asyncio.CancelledError:
            found = slip.receipt()
            if found is not None:
                with contextlib.suppress(sqlite3.Error):  # the slip stays, for the next daemon
                    self._settling.settle(owed, turn, found, time.time())
            raise
        finally:
            slip.close()

    async def _receipt(self, route: Route, owed: OwedAlert, slip: Slip) -> Receipt:
        found = await earlier(slip, self._limit)
        key = self._journal.outbox.key(owed.id)
        letter = Letter(route.recipe, owed.alert, key, self._style, self._limit, self._terms)
        return found or await deliver(letter, slip)

    async def _record(self, owed: OwedAlert, turn: Turn, receipt: Receipt) -> None:
        """Tell the journal, however often it takes: what was sent must not be sent again."""
        failures = 0
        while True:
            try:
                if self._settling.settle(owed, turn, receipt, time.time()):
                    self.wake()
            except sqlite3.Error as error:
                failures += 1
                _log.error("alert: %s: cannot be recorded: %s", named(owed), error)
                await asyncio.sleep(self._local_pause(failures))
            else:
                return

    def _local_pause(self, failures: int) -> float:
        return min(self._pauses.after(failures), _LONGEST_LOCAL_PAUSE)


def _destinations(routes: Sequence[Route], rules: Mapping[str, Rule]) -> list[Destination]:
    """Say what each route is to get, by the rule of its notifier."""
    return [
        Destination(name=route.name, rule=rules.get(route.notifier, Rule())) for route in routes
    ]
