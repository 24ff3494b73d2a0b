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
from pipeline.alerts.receipts import Outcome, Receipt, Receipts, Slip
from pipeline.alerts.routes import Route, routes
from pipeline.alerts.sender import Letter
from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert
from pipeline.messages.style import Style
from pipeline.owing import Destination, Rule
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
        style: Style | None = None,
        limit: float = _SEND_LIMIT,
        file: Path | None = None,
    ) -> None:
        """Take the lane; `receipts` is a directory of its own, made where it is missing.

        ConfigError, which names the configuration's `file`, where a notifier cannot tell its
        destinations.
        """
        self._journal = journal
        self._routes = routes(notifiers, file)
        self._pauses = pauses
        self._receipts = Receipts(receipts)
        self._limit = limit
        self._style = style or Style()
        self._news = {route.name: asyncio.Event() for route in self._routes}

    @property
    def routes(self) -> tuple[str, ...]:
        """Names of the routes, to which outcomes are owed."""
        return tuple(route.name for route in self._routes)

    def destinations(self, rules: Mapping[str, Rule]) -> list[Destination]:
        """Say what each route is to get, by the rules of the notifiers."""
        return [
            Destination(name=route.name, rule=rules.get(route.notifier, Rule()))
            for route in self._routes
        ]

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
        """Let go of alerts whose route is gone, and of slips that no alert asks about."""
        owed = self._journal.outbox.pending()
        for alert in owed:
            if alert.route not in self._news:
                self._journal.outbox.drop(alert.id, "its notifier is no longer configured")
                _log.error("alert: %s: dropped: its notifier is no longer configured", _what(alert))
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
        """Send the oldest alert, or wait until there is one, or until its pause may be over."""
        news = self._news[route.name]
        news.clear()
        owed = self._journal.outbox.first(route.name)
        if owed is None:
            await news.wait()
        elif pause := self._pauses.remaining(owed.next_try, time.time()):
            # Not wait_for: on Python 3.11 it loses a cancellation that comes with the news.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await news.wait()
        else:
            await self._send(route, owed)

    async def _send(self, route: Route, owed: OwedAlert) -> None:
        slip = self._receipts.slip(owed.id, owed.attempts)
        try:
            receipt = await self._receipt(route, owed, slip)
            await self._record(owed, receipt)
            slip.discard()
        except asyncio.CancelledError:
            found = slip.receipt()
            if found is not None:
                with contextlib.suppress(sqlite3.Error):  # the slip stays, for the next daemon
                    self._note(owed, found)
            raise
        finally:
            slip.close()

    async def _receipt(self, route: Route, owed: OwedAlert, slip: Slip) -> Receipt:
        found = await earlier(slip, self._limit)
        letter = Letter(route.recipe, owed.alert, str(owed.id), self._style, self._limit)
        return found or await deliver(letter, slip)

    async def _record(self, owed: OwedAlert, receipt: Receipt) -> None:
        """Tell the journal, however often it takes: what was sent must not be sent again."""
        failures = 0
        while True:
            try:
                self._note(owed, receipt)
            except sqlite3.Error as error:
                failures += 1
                _log.error("alert: %s: cannot be recorded: %s", _what(owed), error)
                await asyncio.sleep(self._local_pause(failures))
            else:
                return

    def _local_pause(self, failures: int) -> float:
        return min(self._pauses.after(failures), _LONGEST_LOCAL_PAUSE)

    def _note(self, owed: OwedAlert, receipt: Receipt) -> None:
        what, now = _what(owed), time.time()
        if receipt.outcome is Outcome.SENT:
            self._journal.outbox.mark_sent(owed.id, now)
            _log.info("alert: %s: sent", what)
        elif receipt.outcome is Outcome.REFUSED:
            self._journal.outbox.drop(owed.id, receipt.reason)
            _log.error("alert: %s: dropped: %s", what, receipt.reason)
        else:
            pause = self._pauses.after(owed.attempts + 1)
            self._journal.outbox.postpone(owed.id, receipt.reason, now + pause)
            _log.warning("alert: %s: %s; next try in %.0f s", what, receipt.reason, pause)


def _what(owed: OwedAlert) -> str:
    of = "" if owed.dump is None else f" of dump {owed.dump}"
    return f"{owed.alert.event}{of} to {owed.route}"
