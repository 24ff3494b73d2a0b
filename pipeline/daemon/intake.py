"""From what a scan finds to dumps being carried: one Intake for each source."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence

from pipeline.corefile import DumpName
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
from pipeline.plugin import Scan, Sighting, Transfer, Watch
from pipeline.running.absent import Absent
from pipeline.running.runner import Runner

_log = logging.getLogger("panicpipe.source")

MOST_LIVE = 128
"""Files held open at once for each source, and as many again for names that kdumpd makes; further
ones are taken up as places get free."""
_LONGEST_REST = 300.0
"""Seconds that a file which keeps changing, or a journal that cannot be written, is left alone."""
_MOST_QUICK_CHANGES = 3
"""How often a dump may change in the middle of the work before that is slowed down."""


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
        self._without_file: dict[int, asyncio.Task[None]] = {}
        self._announced = 0

    @property
    def busy(self) -> bool:
        """Whether a dump is in flight: received, read, or in a stage; not one that waits."""
        return bool(self._live or self._without_file)

    def look(self) -> None:
        """Compare what is there with what is known, and act on every difference."""
        scan = self._watch.scan()
        rows = self._journal.dumps.current(self._source)
        if scan.present:
            self._compare(scan, rows)
        for row in rows:
            if row.state in OPEN_STATES:
                self._go_on_without_file(row.id)

    def _compare(self, scan: Scan, rows: Sequence[DumpRow]) -> None:
        self._journal.live.pass_over(self._source, scan.passed_over)
        self._announced = sum(row.state is State.ARCHIVING and row.id in self._live for row in rows)
        # A file that was given up as gone, or removed, and is there again is a new arrival.
        known = [
            self._known(row)
            for row in rows
            if row.state is not State.GONE and (row.removed is None or row.state in OPEN_STATES)
        ]
        for action in compare(scan, known):
            try:
                self._act(action)
            except sqlite3.Error:  # the daemon's to bear
                raise
            except Exception:  # one file must not keep the others from being looked at
                _log.exception("%r: a bug in panicpipe", action)

    def _known(self, row: DumpRow) -> Known:
        return Known(
            id=row.id,
            raw_name=row.raw_name,
            identity=row.identity,
            live=row.id in self._live,
            open=row.state in OPEN_STATES and not self._goes_on_without_file(row),
            ignored=row.state is State.IGNORED,
        )

    def _goes_on_without_file(self, row: DumpRow) -> bool:
        if row.id in self._live:
            return False
        return row.id in self._without_file or self._runner.goes_on_without_file(row)

    def _act(self, action: Action) -> None:
        if isinstance(action, Arrive):
            self._arrive(action)
        elif isinstance(action, Revise):
            self._revise(self._journal.dumps.get(action.previous), action.sighting)
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
        found = action.sighting
        if not self._has_place(found):
            return
        row = self._journal.dumps.add(
            source=self._source,
            raw_name=found.raw_name,
            identity=found.identity,
            now=time.time(),
            reuses=action.reused,
        )
        self._observer.note(row, "arriving")
        self._start(row, found)

    def _revise(self, row: DumpRow, found: Sighting) -> None:
        if not self._has_place(found) or self._changed_lately(row):
            return
        task = self._without_file.get(row.id)
        if task is not None:
            task.cancel()  # its end has us look again
        else:
            why = "it changed after its verdict"
            self._start(self._runner.revise(row, found.raw_name, found.identity, why), found)

    def _changed_lately(self, row: DumpRow) -> bool:
        """A file that changes again and again, such as somebody's log, is judged ever more seldom.

        The first change is another matter: the rest of a dump may have come.
        """
        told = row.ended or row.announced
        if row.revision < 2 or told is None:
            return False
        return 0 <= time.time() - told < self._rest(row.revision - 1)

    def _rest(self, changes: int) -> float:
        return min(self._pauses.after(changes), _LONGEST_REST)

    def _has_place(self, found: Sighting) -> bool:
        """Files that nobody knows must not keep out those that are named as kdumpd names them.

        Nor those that were announced and wait for their archive any others.
        """
        share = 2 if DumpName.parse(found.raw_name).generated else 1
        return len(self._live) - min(self._announced, MOST_LIVE) < share * MOST_LIVE

    def _resume(self, row: DumpRow, found: Sighting) -> None:
        if self._due(row) and self._has_place(found):
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
        elif self._due(row) or not self._runner.publishes(row):
            self._runner.end_without_file(row)

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

    def _go_on_without_file(self, number: int) -> None:
        """Take up what needs its file no more; however many wait, they hold nothing open."""
        if number in self._live or number in self._without_file:
            return
        row = self._journal.dumps.get(number)
        if row.current and self._due(row) and self._runner.goes_on_without_file(row):
            held = self._held.pop(number, None)
            if held is not None:
                held.close()
            task = asyncio.create_task(self._carry_without_file(row))
            self._without_file[number] = task

    async def _carry_without_file(self, row: DumpRow) -> None:
        try:
            await self._carry_on(row, Absent(row.identity))
        except Exception as error:
            _log.exception("dump %d %s: a bug in panicpipe", row.id, row.name)
            self._blame(row, error)
        finally:
            del self._without_file[row.id]
            self._wake()

    def _carry(self, row: DumpRow, transfer: Transfer) -> None:
        self._live[row.id] = asyncio.create_task(self._carry_to_end(row, transfer))

    async def _carry_to_end(self, row: DumpRow, transfer: Transfer) -> None:
        task = self._live[row.id]
        following: DumpRow | None = row
        changes = 0
        try:
            while following is not None:
                del self._live[row.id]
                row = following
                self._live[row.id] = task
                if changes > _MOST_QUICK_CHANGES:
                    await asyncio.sleep(self._rest(changes))
                changes += 1
                following = await self._carry_on(row, transfer)
        except Exception as error:
            _log.exception("dump %d %s: a bug in panicpipe", row.id, row.name)
            self._blame(row, error)
        finally:
            del self._live[row.id]
            self._put_away(row, transfer)
            self._wake()

    async def _carry_on(self, row: DumpRow, transfer: Transfer) -> DumpRow | None:
        """Carry it, however long the journal cannot be written: its file stays open meanwhile."""
        failures = 0
        while True:
            try:
                row = self._journal.dumps.get(row.id)
                return await self._runner.carry(row, transfer) if row.state in OPEN_STATES else None
            except sqlite3.Error as error:
                failures += 1
                pause = self._rest(failures)
                _log.error("dump %d: the journal: %s; next try in %.0f s", row.id, error, pause)
                await asyncio.sleep(pause)

    def _blame(self, row: DumpRow, error: Exception) -> None:
        with contextlib.suppress(sqlite3.Error):
            pause = self._pauses.after(self._journal.steps.fail(row.id, READ, repr(error)))
            self._journal.dumps.postpone(row.id, f"a bug: {error!r}", time.time() + pause)

    def _put_away(self, row: DumpRow, transfer: Transfer) -> None:
        """Close the file, unless it waits for a retry and this descriptor is all there is of it."""
        if not transfer.linked and self._waits(row):
            self._held[row.id] = transfer
        else:
            transfer.close()

    def _waits(self, row: DumpRow) -> bool:
        try:
            return self._journal.dumps.get(row.id).state in OPEN_STATES
        except sqlite3.Error:
            return True

    async def stop(self) -> None:
        """End all work at once; the journal knows where each dump stands."""
        tasks = [*self._live.values(), *self._without_file.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for transfer in self._held.values():
            transfer.close()
        self._watch.stop()
