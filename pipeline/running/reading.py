"""From a file that may still grow to its verdict."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

from pipeline.display import duration, one_line
from pipeline.errors import TryAgain, WireError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow
from pipeline.journal.steps import READ
from pipeline.model import Identity, Inspection
from pipeline.plugin import Stage, Transfer
from pipeline.registry.discovery import Built
from pipeline.running.observer import Observer
from pipeline.running.receiving import Growth
from pipeline.running.recording import Outcomes
from pipeline.workers.deaths import MOST_DEATHS, SILENCE, Losses, StepFailed, WorkerLost
from pipeline.workers.lanes import Lanes, Lease
from pipeline.workers.wire import (
    Facts,
    Finish,
    Hopeless,
    Judged,
    Progress,
    Proven,
    ReadFailed,
    Up,
)

TICK = 0.5
"""Seconds between two looks at a file while it is in flight; an fstat each."""
_PROVEN = "its content proves it complete"


class Unreadable(Exception):
    """Two workers died reading this dump."""

    def __init__(self, reason: str, identity: Identity) -> None:
        super().__init__(reason)
        self.identity = identity


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """A finished file's verdict, and the worker that gave it, ready to run stages."""

    identity: Identity
    inspection: Inspection
    finish: str
    lease: Lease | None


class Reading:
    """Reads one dump to its verdict, with as many workers as it takes."""

    def __init__(
        self,
        row: DumpRow,
        transfer: Transfer,
        stages: Sequence[Built[Stage]],
        *,
        lanes: Lanes,
        outcomes: Outcomes,
        journal: Journal,
        observer: Observer,
    ) -> None:
        self._row = row
        self._transfer = transfer
        self._stages = stages
        self._lanes = lanes
        self._outcomes = outcomes
        self._growth: Growth | None = Growth(transfer)
        self._journal = journal
        self._observer = observer
        read = journal.steps.of(row.id).get(READ)
        self._deaths = 0 if read is None else read.deaths
        self._last_error = "" if read is None else read.error or ""
        self._hopeless: Inspection | None = None
        self._losses = Losses()

    async def run(self) -> Judgement:
        """Return the verdict; Unreadable after two deaths, once the transfer is over.

        StepFailed where the bytes cannot be read now.
        """
        while True:
            finish = self._transfer.finished()
            judgement = None
            self._look_for_growth()
            try:
                lease = await self._worker(finished=finish is not None)
                if lease is not None:
                    judgement = await self._use(lease)
                elif finish is not None:
                    judgement = self._without_worker(finish)
            except WorkerLost as loss:
                await self._losses.bear(READ, loss)
            except WireError as error:
                self._died(error)
            if judgement is not None:
                return judgement
            await asyncio.sleep(TICK)

    async def _worker(self, *, finished: bool) -> Lease | None:
        if self._hopeless is not None or self._deaths >= MOST_DEATHS:
            return None
        fd = self._transfer.fd
        if finished:
            return await self._lanes.read(self._row.raw_name, fd, self._stages)
        if self._transfer.look().size == 0:
            return None
        return await self._lanes.follow(self._row.raw_name, fd, self._stages)

    def _without_worker(self, finish: str) -> Judgement:
        identity = self._transfer.look()
        if self._hopeless is None:
            raise Unreadable(f"two workers died reading it: {self._last_error}", identity)
        return Judgement(identity=identity, inspection=self._hopeless, finish=finish, lease=None)

    async def _use(self, lease: Lease) -> Judgement | None:
        """Return a judgement that keeps the worker, or None when this worker has ended."""
        judgement = None
        try:
            judgement = await self._listen(lease)
        finally:
            if judgement is None:
                await lease.close()
        return judgement

    def _died(self, error: WireError) -> None:
        self._last_error = str(error)
        self._deaths = self._outcomes.died(self._row, READ, error, MOST_DEATHS)
        self._observer.note(self._row, f"reading it failed: {error}")

    async def _listen(self, lease: Lease) -> Judgement | None:
        round_ = _Round(self._transfer, lease)
        while True:
            message = await lease.session.receive(TICK)
            if isinstance(message, Hopeless):
                self._hopeless = message.inspection
                return None
            if isinstance(message, Judged):
                return round_.judged(message.inspection)
            if isinstance(message, ReadFailed):
                reason = f"the dump cannot be read now: {one_line(message.reason)}"
                raise StepFailed(READ, TryAgain(reason))
            if isinstance(message, Progress):
                self._observer.progress(
                    self._row, "arriving", message.done, message.total, message.file_bytes
                )
            elif isinstance(message, Facts):
                self._observer.facts(self._row, message.facts)
            if not await round_.look(message):
                return None
            if not round_.finishing:
                self._look_for_growth()

    def _look_for_growth(self) -> None:
        """Tell once that the dump is coming, when that is seen."""
        come = None if self._growth is None else self._growth.seen()
        if come is not None:
            self._growth = None
            self._outcomes.started(self._row, come)


class _Round:
    """What one worker has read, and whether the transfer is over."""

    def __init__(self, transfer: Transfer, lease: Lease) -> None:
        self._transfer = transfer
        self._lease = lease
        self._proven = -1
        self._read = 0
        self._finishing: tuple[Identity, str] | None = None
        self._heard = time.monotonic()
        self._ends = math.inf
        """When the verdict must be there, on the monotonic clock."""

    async def look(self, message: Up | None) -> bool:
        """Tell the worker when the transfer is over; False where it must begin again."""
        self._listen(message)
        if isinstance(message, Proven):
            self._proven = self._read = message.size
        elif isinstance(message, Progress):
            self._read = message.file_bytes
        elif not isinstance(message, Facts | None):
            raise WireError("an unexpected message while reading")
        now = self._transfer.look()
        if now.size < self._read:
            return False  # shorter than what was read: all of it may be other bytes
        if self._finishing is None:
            why = _PROVEN if self._proven == now.size else self._transfer.finished()
            if why is not None:
                self._finishing = (now, why)
                seconds = self._lease.session.limits.step_seconds(now.size)
                self._ends = time.monotonic() + seconds
                await self._lease.session.send(Finish(now.size, self._transfer.evidence()))
        return True

    @property
    def finishing(self) -> bool:
        """Whether the transfer is over, and only the verdict is waited for."""
        return self._finishing is not None

    def _listen(self, message: Up | None) -> None:
        """One that reads says how far it is; one that waits for bytes may be silent."""
        if message is not None or self._finishing is None:
            self._heard = time.monotonic()
        elif time.monotonic() - self._heard > SILENCE:
            raise WireError(f"nothing was heard of it for {duration(SILENCE)}")
        if time.monotonic() > self._ends:
            raise WireError(self._lease.session.limits.over_time)

    def judged(self, inspection: Inspection) -> Judgement | None:
        """Return the judgement; None where the file changed meanwhile: it is read again."""
        if self._finishing is None:
            raise WireError("a verdict that was not asked for")
        identity, why = self._finishing
        if self._transfer.look() != identity or inspection.file_size != identity.size:
            return None
        return Judgement(identity=identity, inspection=inspection, finish=why, lease=self._lease)
