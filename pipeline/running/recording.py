"""Writes down what becomes of a dump, each time in one transaction with the alerts owed for it."""

from __future__ import annotations

import dataclasses
import time

from pipeline.corefile import DumpName
from pipeline.errors import WireError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Alert
from pipeline.owing import Desk
from pipeline.pauses import Pauses
from pipeline.running.archived import archived_alert, archived_remark
from pipeline.running.ending import Ending
from pipeline.running.failing import Failing, failing_alert
from pipeline.running.observer import Observer
from pipeline.running.outcome import alert_for, summary
from pipeline.running.receiving import EVENT as STARTED
from pipeline.running.receiving import started_alert
from pipeline.workers.deaths import StepFailed


class Outcomes:
    """The outcomes of dumps, what happens on the way there, and who is owed the news."""

    def __init__(self, journal: Journal, desk: Desk, observer: Observer) -> None:
        self._journal = journal
        self._desk = desk
        self._observer = observer

    def started(self, row: DumpRow, come: int) -> None:
        """Tell that a dump is coming, of which so many bytes are there; once for each."""
        now = time.time()
        with self._journal.transaction():
            owed = self._journal.outbox.of(row.id)
            if not any(each.alert.event == STARTED for each in owed):
                self._owe(row, started_alert(self._ending(row), come), now)

    def postpone(self, row: DumpRow, failed: StepFailed, pauses: Pauses) -> None:
        """Record when a step that failed is tried again, and tell it where it is worth telling."""
        now = time.time()
        with self._journal.transaction():
            attempts = self._journal.steps.fail(row.id, failed.stage, str(failed.error))
            pause = pauses.after(attempts)
            self._journal.dumps.postpone(row.id, str(failed), now + pause)
            self._tell_failure(row, failed.stage, now, now + pause)
        self._observer.note(row, f"{failed}; next try in {pause:.0f} s")

    def died(self, row: DumpRow, stage: str, error: WireError, most: int) -> int:
        """Count a worker's death at this step; below `most` the next one begins at once."""
        now = time.time()
        with self._journal.transaction():
            deaths = self._journal.steps.die(row.id, stage, str(error))
            if deaths < most:
                self._tell_failure(row, stage, now, now)
        return deaths

    def announce(self, row: DumpRow) -> DumpRow:
        """Tell the outcome while background steps remain: what people wait for is there."""
        now = time.time()
        with self._journal.transaction():
            self._journal.dumps.announce(row.id, now)
            announced = self._journal.dumps.get(row.id)
            # Told as if it were done: to those who wait for the zip, it is.
            ending = self._ending(dataclasses.replace(announced, state=State.DONE, ended=now))
            self._owe_instead(announced, alert_for(ending), now)
        told = summary(self._ending(announced))
        self._observer.note(announced, told)
        return announced

    def end(self, row: DumpRow, state: State, reason: str | None) -> None:
        """Record where its way has ended; what was announced before is not told again."""
        now = time.time()
        with self._journal.transaction():
            told = self._journal.dumps.get(row.id).announced is not None
            self._journal.dumps.end(row.id, state, reason, now)
            ended = self._journal.dumps.get(row.id)
            ending = self._ending(ended)
            steps = tuple(self._journal.steps.of(row.id).values())
            if told and state is State.DONE:
                self._owe_instead(ended, archived_alert(ending, steps, now), now)
            elif state is State.DONE:
                self._owe_instead(ended, alert_for(ending), now)
            else:  # it does not tell what an older revision was
                self._owe(ended, alert_for(ending), now)
        self._observer.note(ended, summary(ending) + archived_remark(steps))

    def _tell_failure(self, row: DumpRow, stage: str, now: float, next_try: float) -> None:
        ending = self._ending(self._journal.dumps.get(row.id))
        step = self._journal.steps.of(row.id)[stage]
        failing = Failing(ending=ending, step=step, now=now, next_try=next_try)
        if failing.is_news:
            self._journal.steps.tell(row.id, stage, now)
            self._owe(row, failing_alert(failing), now)

    def _ending(self, row: DumpRow) -> Ending:
        name = DumpName.parse(row.raw_name)
        return Ending(
            row=row,
            client=name.client,
            generated_name=name.generated,
            named_xnu=name.xnu_version,
            artifacts=tuple(self._journal.steps.artifacts(row.id)),
        )

    def _owe_instead(self, row: DumpRow, alert: Alert | None, now: float) -> None:
        """Owe it in place of what is not sent yet of older revisions."""
        older = row.previous
        while alert is not None and older is not None:
            self._desk.supersede(older, row.id, alert)
            older = self._journal.dumps.get(older).previous
        self._owe(row, alert, now)

    def _owe(self, row: DumpRow, alert: Alert | None, now: float) -> None:
        if alert is not None:
            self._desk.owe(row.id, alert, now)
