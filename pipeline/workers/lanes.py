"""How many workers there may be at once, and for what.

Following a transfer takes a place for as long as the client sends; a finished dump must not wait
behind that, so each has places of its own. A transfer that finds no place to follow loses nothing:
it is read once it is finished. What talks to other machines has places apart as well: one that
does not answer keeps nobody here from working. Taking back what was begun there has a single one.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pipeline.confinement.environment import others
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built
from pipeline.workers.reader import Nursery, Session
from pipeline.workers.wire import Job, StageUse, Tools


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
        self,
        nursery: Nursery,
        *,
        transfers: int,
        workers: int,
        uploads: int = 2,
        max_uncompressed: int,
    ) -> None:
        self._nursery = nursery
        self._transfers = asyncio.Semaphore(transfers)
        self._workers = asyncio.Semaphore(workers)
        self._uploads = asyncio.Semaphore(uploads)
        self._abandons = asyncio.Semaphore(1)
        self._max_uncompressed = max_uncompressed

    async def follow(
        self, raw_name: bytes, fd: int, stages: Sequence[Built[Stage]]
    ) -> Lease | None:
        """Start a worker that follows a transfer; None while all places are taken."""
        if self._transfers.locked():
            return None
        await self._transfers.acquire()
        return await self._start(self._transfers, raw_name, fd, stages, read=True)

    async def read(self, raw_name: bytes, fd: int, stages: Sequence[Built[Stage]]) -> Lease:
        """Start a worker that reads a finished dump to its verdict, when there is a place."""
        await self._workers.acquire()
        return await self._start(self._workers, raw_name, fd, stages, read=True)

    async def work(self, raw_name: bytes, fd: int | None, stages: Sequence[Built[Stage]]) -> Lease:
        """Start a worker for stages of a judged dump, when there is a place in their lane.

        `fd` is None where none of them reads the dump.
        """
        remote = any(stage.plugin.remote for stage in stages)
        lane = self._uploads if remote else self._workers
        await lane.acquire()
        return await self._start(lane, raw_name, fd, stages, read=False)

    async def abandon(self, raw_name: bytes, stage: Built[Stage]) -> Lease:
        """Start a worker that takes back what a stage began, one at a time."""
        await self._abandons.acquire()
        return await self._start(self._abandons, raw_name, None, [stage], read=False)

    async def _start(
        self,
        lane: asyncio.Semaphore,
        raw_name: bytes,
        fd: int | None,
        stages: Sequence[Built[Stage]],
        *,
        read: bool,
    ) -> Lease:
        job = Job(
            raw_name=raw_name,
            max_uncompressed=self._max_uncompressed,
            read=read,
            has_dump=fd is not None,
        )
        tools = Tools(
            stages=tuple(StageUse(s.name, s.reference, dict(s.config)) for s in stages),
            keeps_rights=any(s.plugin.runs_in == "daemon" for s in stages),
            remote=any(s.plugin.remote for s in stages),
            environment=tuple(others()) if any(map(_asks_for_it, stages)) else (),
        )
        try:
            session = await self._nursery.start(tools, job, fd)
        except BaseException:
            lane.release()
            raise
        return Lease(session, lane, [stage.name for stage in stages])


def _asks_for_it(stage: Built[Stage]) -> bool:
    """Whether a stage does anything for which it could need secrets of the environment."""
    plugin = stage.plugin
    prepares = type(plugin).prepare is not Stage.prepare
    return plugin.remote or plugin.runs_in == "daemon" or prepares
