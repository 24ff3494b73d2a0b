"""How many workers there may be at once, and for what.

Following a transfer takes a place for as long as the client sends; a finished dump must not wait
behind that, so each has places of its own. A transfer that finds no place to follow loses nothing:
it is read once it is finished.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pipeline.plugin import Stage
from pipeline.registry.discovery import Built
from pipeline.workers.reader import Nursery, Session
from pipeline.workers.wire import Job, StageUse


class Lease:
    """A worker in a lane; closing it ends the worker and frees its place."""

    def __init__(self, session: Session, lane: asyncio.Semaphore, stages: Sequence[str]) -> None:
        self.session = session
        self.stages = tuple(stages)
        self._lane = lane
        self._closed = False

    async def close(self) -> None:
        """May be called again."""
        if self._closed:
            return
        self._closed = True
        try:
            await self.session.close()
        finally:
            self._lane.release()


class Lanes:
    """Starts workers, as many as there are places for."""

    def __init__(
        self, nursery: Nursery, *, transfers: int, workers: int, max_uncompressed: int
    ) -> None:
        self._nursery = nursery
        self._transfers = asyncio.Semaphore(transfers)
        self._workers = asyncio.Semaphore(workers)
        self._max_uncompressed = max_uncompressed

    async def follow(
        self, raw_name: bytes, fd: int, stages: Sequence[Built[Stage]]
    ) -> Lease | None:
        """Start a worker that follows a transfer; None while all places are taken."""
        if self._transfers.locked():
            return None
        await self._transfers.acquire()
        return await self._start(self._transfers, raw_name, fd, stages, read=True)

    async def work(
        self, raw_name: bytes, fd: int, stages: Sequence[Built[Stage]], *, read: bool
    ) -> Lease:
        """Start a worker for a finished dump, when there is a place."""
        await self._workers.acquire()
        return await self._start(self._workers, raw_name, fd, stages, read=read)

    async def _start(
        self,
        lane: asyncio.Semaphore,
        raw_name: bytes,
        fd: int,
        stages: Sequence[Built[Stage]],
        *,
        read: bool,
    ) -> Lease:
        job = Job(
            raw_name=raw_name,
            max_uncompressed=self._max_uncompressed,
            read=read,
            stages=tuple(StageUse(s.name, s.reference, dict(s.config)) for s in stages),
        )
        try:
            session = await self._nursery.start(job, fd)
        except BaseException:
            lane.release()
            raise
        return Lease(session, lane, [stage.name for stage in stages])
