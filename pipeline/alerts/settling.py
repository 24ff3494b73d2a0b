"""What the outcome of a delivery means for the alert, for its route, and for the other routes."""

from __future__ import annotations

import logging

from pipeline.alerts.failing import Failures
from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.alerts.turns import ASIDE, BETWEEN_REFUSALS, LONGEST_REST, STUBBORN, Turn
from pipeline.journal import Journal
from pipeline.journal.rows import OwedAlert
from pipeline.pauses import Pauses

_log = logging.getLogger("panicpipe.alerts")


class Settling:
    """Tells the journal how deliveries ended."""

    def __init__(self, journal: Journal, pauses: Pauses, failures: Failures) -> None:
        self._journal = journal
        self._pauses = pauses
        self._failures = failures

    def settle(self, owed: OwedAlert, turn: Turn, receipt: Receipt, now: float) -> bool:
        """Record how a delivery ended; True where other routes are owed news of it.

        All of it, or nothing where the journal cannot be written: then it can be called again.
        """
        if receipt.outcome is Outcome.SENT:
            news = self._sent(owed, turn.before, receipt, now)
        elif receipt.outcome is Outcome.REFUSED or owed.aside or self._is_stubborn(owed):
            news = self._put_aside(owed, receipt, now)
        else:
            news = self._postpone(owed, receipt, now)
        if receipt.fault:
            _log.warning("alert: %s: told in plain words: %s", named(owed), receipt.fault)
        return news

    def _sent(
        self, owed: OwedAlert, before: OwedAlert | None, receipt: Receipt, now: float
    ) -> bool:
        with self._journal.transaction():
            self._journal.outbox.mark_sent(owed.id, now)
            self._failures.end(owed.route, now)
            if owed.aside:
                self._journal.outbox.hasten_aside(owed.route)
            if before is not None:  # the route works: is it the alert?
                self._journal.outbox.hasten(before.id)
        _log.info("alert: %s: sent%s", named(owed), receipt.answer and f": {receipt.answer}")
        return False

    def _put_aside(self, owed: OwedAlert, receipt: Receipt, now: float) -> bool:
        """Let others go first: the service takes them, perhaps, or this one another day."""
        pause = ASIDE.after(owed.aside + 1)
        refused = receipt.outcome is Outcome.REFUSED
        with self._journal.transaction():
            self._journal.outbox.postpone(owed.id, receipt.reason, now + pause)
            self._journal.outbox.put_aside(owed.id, now + pause)
            if owed.aside:
                self._journal.outbox.delay_aside(owed.route, now + BETWEEN_REFUSALS)
            self._rest(owed.route, receipt.after, now)
            if refused and owed.aside:  # known: it says nothing new of the route
                news = self._failures.remind(owed.route, now)
            else:
                news = self._failures.note(owed.route, receipt.reason, now, refused=refused)
        _log.error(
            "alert: %s: set aside: %s; next try in %.0f s", named(owed), receipt.reason, pause
        )
        return news

    def _is_stubborn(self, owed: OwedAlert) -> bool:
        """Whether it fails again and again, and now where something else has just got through."""
        works = self._journal.routes.find(owed.route).failures == 0
        return owed.attempts >= STUBBORN and works

    def _postpone(self, owed: OwedAlert, receipt: Receipt, now: float) -> bool:
        pause = self._pauses.after(owed.attempts + 1)
        with self._journal.transaction():
            self._journal.outbox.postpone(owed.id, receipt.reason, now + pause)
            rest = self._rest(owed.route, receipt.after, now)
            news = self._failures.note(owed.route, receipt.reason, now)
        _log.warning(
            "alert: %s: %s; next try in %.0f s", named(owed), receipt.reason, max(pause, rest)
        )
        return news

    def _rest(self, route: str, after: float | None, now: float) -> float:
        """Leave the whole route alone for as long as its service asked; return for how long."""
        rest = min(max(after or 0.0, 0.0), LONGEST_REST)
        if rest:
            self._journal.routes.rest(route, now + rest)
        return rest


def named(owed: OwedAlert) -> str:
    """Return which alert it is, for the log."""
    of = "" if owed.dump is None else f" of dump {owed.dump}"
    return f"{owed.alert.event}{of} to {owed.route}"
