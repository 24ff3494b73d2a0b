"""Does what commands asked of the daemon."""

from __future__ import annotations

from collections.abc import Callable

from pipeline.daemon.keeper import PRUNE
from pipeline.journal import Journal
from pipeline.journal.outbox import DROP_ALERT, DROPPED_ON_REQUEST
from pipeline.journal.rows import OPEN_STATES, DumpRow, State
from pipeline.publishing.publisher import Publisher
from pipeline.running.observer import Observer

_RETRY = "retry"


class Requests:
    """Takes up what is asked, each request once."""

    def __init__(self, journal: Journal, publisher: Publisher, observer: Observer) -> None:
        self._journal = journal
        self._publisher = publisher
        self._observer = observer

    def answer(self, prune: Callable[[], None]) -> None:
        """Answer all that have come so far; `prune` has retention looked at."""
        for number, action, dump in self._journal.requests.all():
            with self._journal.transaction():
                self._journal.requests.remove(number)
                if action == PRUNE:
                    prune()
                if action == DROP_ALERT:
                    self._journal.outbox.drop(dump, DROPPED_ON_REQUEST)
                    continue
                row = self._journal.dumps.find(dump)
                if action == _RETRY and row is not None and row.current:
                    self._retry(row)

    def _retry(self, row: DumpRow) -> None:
        if row.state is State.PARKED:
            self._publisher.take_back_lost(row.id)
        elif row.state not in OPEN_STATES:
            return
        self._journal.steps.forgive(row.id)
        self._journal.dumps.reopen(row.id)
        self._observer.note(row, "taken up again on request")
