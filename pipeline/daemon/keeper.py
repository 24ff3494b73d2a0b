"""The daemon's housekeeper: has retention decide, removes, and sees that the next dump has room."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sqlite3
import time
from collections.abc import Mapping, Sequence

from pipeline.daemon.space import Space
from pipeline.journal import Journal
from pipeline.plugin import Stage, Watch
from pipeline.registry.discovery import Built
from pipeline.retention import clock
from pipeline.retention.plan import RetentionFailed
from pipeline.retention.removal import Outputs, Remover
from pipeline.retention.upkeep import decide, places_of, take_stock

_log = logging.getLogger("panicpipe.retention")

PRUNE = "prune"
"""What a command asks for; it concerns no single dump."""
_EVERY = 600.0
"""Seconds between two looks when nothing happens."""
_WHILE_SHORT = 10.0
"""Seconds between two looks at least while room is short."""
_WORTH_A_LOOK = 1 << 30
"""Bytes that room has shrunk by."""


class Keeper:
    """Looks at all that is kept: at the start, after dumps end, when room is short, on a timer."""

    def __init__(
        self,
        journal: Journal,
        chain: Sequence[Built[Stage]],
        watches: Mapping[str, Watch],
        outputs: Outputs,
        space: Space,
    ) -> None:
        self._journal = journal
        self._chain = tuple(chain)
        self._watches = dict(watches)
        self._remover = Remover(journal, watches, outputs)
        self._space = space
        self._wanted = asyncio.Event()
        self._settled = False
        self._ended = -1.0
        self._free: dict[str, int] = {}
        self._looked = -_WHILE_SHORT
        self._failure: str | None = None

    def ask(self) -> None:
        """Have all looked at now."""
        self._wanted.set()

    def look(self) -> None:
        """See whether anything has happened that is worth a look at all; cheap.

        At first, before anything may arrive under an old name, bring on record what a crash has
        interrupted.
        """
        if not self._settled:
            self._remover.settle(places_of(self._watches), time.time())
            self._settled = True
        ended = self._journal.removals.last_ended()
        if ended != self._ended or self._is_getting_short():
            self._ended = ended
            self._wanted.set()

    def _is_getting_short(self) -> bool:
        if time.monotonic() - self._looked < _WHILE_SHORT:
            return False
        limit = self._space.limit()
        return any(
            _is_news(self._free.get(name), volume.free, limit)
            for name, watch in self._watches.items()
            if (volume := watch.volume()) is not None
        )

    async def run(self) -> None:
        """Work until cancelled; no fault ends it, because room is needed whatever else is wrong."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_EVERY):
                    await self._wanted.wait()
            self._wanted.clear()
            try:
                await self._tidy()
            except sqlite3.Error as error:
                _log.error("retention: the journal: %s; next try in %.0f s", error, _WHILE_SHORT)
                await asyncio.sleep(_WHILE_SHORT)
                self._wanted.set()
            except Exception:
                _log.exception("retention: a bug in panicpipe; nothing more is removed now")

    async def _tidy(self) -> None:
        now = time.time()
        places = places_of(self._watches)
        clock.note(self._journal, clock.witness(self._journal, now))
        self._remover.settle(places, now)
        if await self._remove(now):
            places = places_of(self._watches)
        self._space.tell(places, now)
        self._free = {
            name: place.volume.free for name, place in places.items() if place.volume is not None
        }
        self._looked = time.monotonic()

    async def _remove(self, now: float) -> bool:
        """Remove what is to be removed; returns whether there was anything."""
        stock = take_stock(self._journal, self._chain, places_of(self._watches), now)
        try:
            proposal = await asyncio.to_thread(decide, stock, self._chain)
        except RetentionFailed as error:
            if str(error) != self._failure:
                _log.error("%s", error)
            self._failure = str(error)
            return False
        self._failure = None
        for decision in proposal.removals:
            let_go = self._remover.remove(decision, now)
            if let_go is not None:
                await asyncio.to_thread(let_go)
        return bool(proposal.removals)


def _is_news(before: int | None, free: int, limit: int) -> bool:
    if before is None:
        return free < limit
    return free < limit or before < limit or before - free > _WORTH_A_LOOK
