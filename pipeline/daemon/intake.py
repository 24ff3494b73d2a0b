"""From what a scan finds to dumps being carried: one Intake for each source."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

from pipeline.daemon.arrivals import (
    Action,
    Arrive,
    Gone,
    Known,
    Readopt,
    Rename,
    Resume,
    Revise,
    compare,
)
from pipeline.daemon.live_report import LiveReport
from pipeline.errors import UnreadableFile
from pipeline.journal import Journal
from pipeline.journal.rows import OPEN_STATES, DumpRow, State
from pipeline.journal.steps import READ
from pipeline.pauses import Pauses
from pipeline.plugin import Sighting, Transfer, Watch
from pipeline.running.runner import Runner

_log = logging.getLogger("panicpipe.source")

MOST_LIVE = 128
"""Dumps held open at once for each source; further ones are taken up as places get free."""


class Intake:
    """Keeps one source's files and the journal in step, and carries what is due."""

    def __init__(
        self,
        source: str,
        watch: Watch,
        *,
        journal: Journal,
        runner: Runner,
        observer: LiveReport,
        pauses: Pauses,
        wake: Callable[[], None],
    ) -> None:
        self._source = source
        self._watch = watch
        self._journal = journal
        self._runner = runner
        self._observer = observer
        self._pauses = pauses
        self._wake = wake
        self._live: dict[int, asyncio.Task[None]] = {}
        self._held: dict[int, Transfer] = {}

    def look(self) -> None:
        """Compare what is there with what is known, and act on every difference."""
        scan = self._watch.scan()
        if not scan.present:
            return
        self._journal.live.pass_over(self._source, scan.passed_over)
        rows = self._journal.dumps.current(self._source)
        # A file that was given up as gone and is there again is a new arrival.
        known = [self._known(row) for row in rows if row.state is not State.GONE]
        for action in compare(scan, known):
            self._act(action)

    def _known(self, row: DumpRow) -> Known:
        return Known(
            id=row.id,
            raw_name=row.raw_name,
            identity=row.identity,
            live=row.id in self._live,
            open=row.state in OPEN_STATES,
            ignored=row.state is State.IGNORED,
        )

    def _act(self, action: Action) -> None:
        if isinstance(action, Arrive):
            self._arrive(action)
        elif isinstance(action, Revise):
            row = self._journal.dumps.get(action.previous)
            found = action.sighting
            why = "it changed after its verdict"
            self._start(self._runner.revise(row, found.raw_name, found.identity, why), found)
        elif isinstance(action, Resume):
            self._resume(self._journal.dumps.get(action.id), action.sighting)
        elif isinstance(action, Rename):
            row = self._journal.dumps.get(action.id)
            self._journal.dumps.rename(action.id, action.raw_name)
            self._observer.note(row, f"is now called {self._journal.dumps.get(action.id).name}")
        elif isinstance(action, Readopt):
            self._journal.dumps.identify(action.id, action.identity)
        else:
            self._gone(action)

    def _arrive(self, action: Arrive) -> None:
        if len(self._live) >= MOST_LIVE:
            return
        found = action.sighting
        row = self._journal.dumps.add(
            source=self._source,
            raw_name=found.raw_name,
            identity=found.identity,
            now=time.time(),
            reuses=action.reused,
        )
        self._observer.note(row, "arriving")
        self._start(row, found)

    def _resume(self, row: DumpRow, found: Sighting) -> None:
        if self._due(row) and len(self._live) < MOST_LIVE:
            self._start(row, found)

    def _due(self, row: DumpRow) -> bool:
        """Whether its pause is over; a clock that was set back makes no pause longer."""
        if row.next_try is None:
            return True
        return not 0 < row.next_try - time.time() <= self._pauses.longest

    def _gone(self, action: Gone) -> None:
        row = self._journal.dumps.get(action.id)
        held = self._held.get(row.id)
        if held is not None:
            if self._due(row):
                self._carry(row, self._held.pop(row.id))
        elif self._runner.finished_without_file(row):
            self._runner.end(row, State.DONE, None)
        else:
            reason = "the file was removed before it was processed"
            self._runner.end(row, State.GONE, reason)

    def _start(self, row: DumpRow, found: Sighting) -> None:
        held = self._held.pop(row.id, None)
        if held is not None:
            held.close()
        try:
            transfer = self._watch.open(found)
        except UnreadableFile as error:
            if row.reason != str(error):
                self._observer.note(row, str(error))
            pause = self._pauses.after(self._journal.steps.fail(row.id, READ, str(error)))
            self._journal.dumps.postpone(row.id, str(error), time.time() + pause)
            return
        self._carry(row, transfer)

    def _carry(self, row: DumpRow, transfer: Transfer) -> None:
        self._live[row.id] = asyncio.create_task(self._carry_to_end(row, transfer))

    async def _carry_to_end(self, row: DumpRow, transfer: Transfer) -> None:
        task = self._live[row.id]
        following: DumpRow | None = row
        try:
            while following is not None:
                del self._live[row.id]
                row = following
                self._live[row.id] = task
                following = await self._runner.carry(row, transfer)
        except Exception as error:
            _log.exception("dump %d %s: a bug in panicpipe", row.id, row.name)
            pause = self._pauses.after(self._journal.steps.fail(row.id, READ, repr(error)))
            self._journal.dumps.postpone(row.id, f"a bug: {error!r}", time.time() + pause)
        finally:
            del self._live[row.id]
            self._put_away(row, transfer)
            self._wake()

    def _put_away(self, row: DumpRow, transfer: Transfer) -> None:
        """Close the file, unless it waits for a retry and this descriptor is all there is of it."""
        waits = self._journal.dumps.get(row.id).state in OPEN_STATES
        if waits and not transfer.linked:
            self._held[row.id] = transfer
        else:
            transfer.close()

    async def stop(self) -> None:
        """End all work at once; the journal knows where each dump stands."""
        tasks = list(self._live.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transfer in self._held.values():
            transfer.close()
        self._watch.stop()
