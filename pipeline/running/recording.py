"""Writes a dump's outcomes down, each in one transaction with the alerts that are owed for it."""

from __future__ import annotations

import dataclasses
import time

from pipeline.corefile import DumpName
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Alert
from pipeline.owing import Desk
from pipeline.running.archived import archived_alert, archived_remark
from pipeline.running.observer import Observer
from pipeline.running.outcome import Ending, alert_for, summary


class Outcomes:
    """The outcomes of dumps, and who is owed the news."""

    def __init__(self, journal: Journal, desk: Desk, observer: Observer) -> None:
        self._journal = journal
        self._desk = desk
        self._observer = observer

    def announce(self, row: DumpRow) -> DumpRow:
        """Tell the outcome while background steps remain: what people wait for is there."""
        now = time.time()
        with self._journal.transaction():
            self._journal.dumps.announce(row.id, now)
            announced = self._journal.dumps.get(row.id)
            # Told as if it were done: to those who wait for the zip, it is.
            ending = self._ending(dataclasses.replace(announced, state=State.DONE, ended=now))
            self._supersede_older(announced)
            self._owe(announced, alert_for(ending), now)
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
            self._supersede_older(ended)
            if told and state is State.DONE:
                self._owe(ended, archived_alert(ending, steps), now)
            else:
                self._owe(ended, alert_for(ending), now)
        self._observer.note(ended, summary(ending) + archived_remark(steps))

    def _ending(self, row: DumpRow) -> Ending:
        name = DumpName.parse(row.raw_name)
        return Ending(
            row=row,
            client=name.client,
            generated_name=name.generated,
            artifacts=tuple(self._journal.steps.artifacts(row.id)),
        )

    def _supersede_older(self, row: DumpRow) -> None:
        older = row.previous
        while older is not None:
            self._desk.supersede(older, row.id)
            older = self._journal.dumps.get(older).previous

    def _owe(self, row: DumpRow, alert: Alert | None, now: float) -> None:
        if alert is not None:
            self._desk.owe(row.id, alert, now)
