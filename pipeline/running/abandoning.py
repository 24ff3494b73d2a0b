"""Takes back elsewhere what stages began for dumps that will never be finished.

What such a stage remembers stays in the journal until that has succeeded; only the pauses between
the tries are forgotten with the daemon.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from pipeline.display import one_line
from pipeline.errors import WireError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow
from pipeline.pauses import Pauses
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built
from pipeline.running.as_dump import as_dump
from pipeline.running.memories import Memories
from pipeline.workers.lanes import Lanes, Lease
from pipeline.workers.wire import Begin, Done, Failed, Progress, Ready, Recall, Remember

_log = logging.getLogger("panicpipe.dump")

_LIMIT = 300.0
"""Seconds that taking back may take in all: whoever waits behind it waits for this."""


class _End(Enum):
    DONE = "done"
    REFUSED = "refused"
    """For good: nothing can be taken back."""
    BROKEN = "broken"
    """The stage has a bug: not before the next start, when it may have been mended."""
    AGAIN = "again"


@dataclass(frozen=True, kw_only=True)
class _Failures:
    """How often it failed, and when it is tried again, on the monotonic clock."""

    count: int = 0
    next_try: float = 0.0


class Abandoner:
    """Has stages take back what nobody will finish, one at a time and beside everything else."""

    def __init__(
        self,
        stages: Sequence[Built[Stage]],
        *,
        journal: Journal,
        lanes: Lanes,
        pauses: Pauses,
        limit: float = _LIMIT,
    ) -> None:
        self._stages = {stage.name: stage for stage in stages}
        self._journal = journal
        self._lanes = lanes
        self._pauses = pauses
        self._limit = limit
        self._tasks: dict[tuple[int, str], asyncio.Task[None]] = {}
        self._failures: dict[tuple[int, str], _Failures] = {}

    def look(self) -> None:
        """Begin with what is due. What a stage remembers that is not configured is left alone."""
        now = time.monotonic()
        for dump, stage in self._journal.memory.orphans():
            due = self._failures.get((dump, stage), _Failures()).next_try <= now
            if due and stage in self._stages and (dump, stage) not in self._tasks:
                self._tasks[dump, stage] = asyncio.create_task(self._try(dump, stage))

    async def once(self, dump: int) -> None:
        """Take back what any stage began for one dump, as far as that works now."""
        for stage in self._journal.memory.stages(dump):
            if stage in self._stages:
                await self._try(dump, stage)

    async def stop(self) -> None:
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _try(self, dump: int, stage: str) -> None:
        try:
            await self._abandon(self._journal.dumps.get(dump), stage)
        except sqlite3.Error as error:
            self._failed(dump, stage, f"the journal: {error}")
        except Exception as error:
            _log.exception("dump %d: a bug in panicpipe", dump)
            self._failed(dump, stage, repr(error))
        finally:
            self._tasks.pop((dump, stage), None)

    async def _abandon(self, row: DumpRow, stage: str) -> None:
        end, reason = await self._outcome(row, stage)
        what = f"dump {row.id} {row.name}: {stage}"
        if end is _End.AGAIN:
            self._failed(row.id, stage, reason)
        elif end is _End.BROKEN:
            self._failures[row.id, stage] = _Failures(next_try=float("inf"))
            _log.error("%s: cannot take back what it began before the next start: %s", what, reason)
        else:
            self._journal.memory.forget(row.id, stage)
            self._failures.pop((row.id, stage), None)
            if end is _End.REFUSED:
                _log.error("%s: what it began cannot be taken back: %s", what, reason)
            else:
                _log.info("%s: took back what it had begun", what)

    def _failed(self, dump: int, stage: str, reason: str) -> None:
        count = self._failures.get((dump, stage), _Failures()).count + 1
        pause = self._pauses.after(count)
        self._failures[dump, stage] = _Failures(count=count, next_try=time.monotonic() + pause)
        _log.warning(
            "dump %d: %s: cannot take back what it began: %s; next try in %.0f s",
            dump,
            stage,
            reason,
            pause,
        )

    async def _outcome(self, row: DumpRow, stage: str) -> tuple[_End, str]:
        lease = await self._lanes.abandon(row.raw_name, self._stages[stage])
        try:
            async with asyncio.timeout(self._limit):
                return await self._converse(row, stage, lease)
        except TimeoutError:
            return _End.AGAIN, f"no end within {self._limit:.0f} s"
        except WireError as error:
            return _End.AGAIN, str(error)
        finally:
            await lease.close()

    async def _converse(self, row: DumpRow, stage: str, lease: Lease) -> tuple[_End, str]:
        steps = self._journal.steps.of(row.id).values()
        facts = {step.stage: dict(step.facts) for step in steps if step.facts}
        memories = Memories(self._journal.memory, row.id, stage)
        await lease.session.send(Begin(dump=as_dump(row), artifacts={}, facts=facts, abandon=True))
        while True:
            message = await lease.session.receive()
            if isinstance(message, Remember | Recall):
                await lease.session.send(memories.answer(message))
            elif isinstance(message, Done):
                return _End.DONE, ""
            elif isinstance(message, Failed):
                return _ENDS[message.outcome], one_line(message.reason)
            elif not isinstance(message, Ready | Progress):
                raise WireError("an unexpected message from a stage")


_ENDS = {
    "again": _End.AGAIN,
    "changed": _End.REFUSED,
    "rejected": _End.REFUSED,
    "bug": _End.BROKEN,
}
