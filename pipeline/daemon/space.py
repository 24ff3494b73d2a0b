"""Watches the room that is left where dumps arrive, and tells before the next one comes.

kdumpd says nothing when the disk is full: the dump is just cut short.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from functools import partial

from pipeline.daemon.space_alert import EVENT, Room, Sizes, relief, shortage
from pipeline.daemon.standing import Standing
from pipeline.display import one_line, size
from pipeline.journal import Journal
from pipeline.owing import Desk
from pipeline.retention.holdings import Place

_log = logging.getLogger("panicpipe.space")

_DUMPS_TO_COME = 2
"""So many cores as large as the largest one so far should have room."""
_AMPLE = 1.1
"""Times the limit that must be free until it is over: room comes and goes by a little."""


def least_free(warn_below: int, largest: int | None) -> int:
    """Return what must be free: what is configured, or room for dumps like the largest core.

    0 where nobody wants to be warned.
    """
    return warn_below and max(warn_below, _DUMPS_TO_COME * (largest or 0))


class Space:
    """Knows which sources are short of room, and tells of it."""

    def __init__(self, journal: Journal, desk: Desk, warn_below: int, *, has_rules: bool) -> None:
        """Take the bytes to warn below; 0: never warn."""
        self._journal = journal
        self._standing = Standing(journal, desk)
        self._warn_below = warn_below
        self._has_rules = has_rules
        self._sizes = Sizes()
        self._sizes_of = -1.0

    def limit(self) -> int:
        if self._warn_below == 0:
            return 0
        return least_free(self._warn_below, self._known_sizes().largest)

    def _known_sizes(self) -> Sizes:
        ended = self._journal.removals.last_ended()
        if ended != self._sizes_of:
            last, largest = self._journal.removals.sizes()
            self._sizes, self._sizes_of = Sizes(last=last, largest=largest), ended
        return self._sizes

    def tell(self, places: Mapping[str, Place], now: float) -> None:
        """Compare with what is known, and tell of what is new."""
        for known in self._journal.conditions.of_kind(EVENT):
            if self._warn_below == 0 or known.name.partition(":")[2] not in places:
                self._standing.forget(known.name)
        limit = self.limit()
        for source, place in places.items():
            if place.volume is None or limit == 0:
                continue
            room = Room(
                source=source,
                place=place.shown,
                free=place.volume.free,
                limit=limit,
                sizes=self._known_sizes(),
                has_rules=self._has_rules,
            )
            if room.free < limit:
                self._short(room, now)
            elif room.free > limit * _AMPLE:
                self._ample(room, now)

    def _short(self, room: Room, now: float) -> None:
        line = one_line(f"only {size(room.free)} are free for dumps in {room.place}")
        if self._standing.holds(_name(room), line, partial(shortage, room, now), now):
            _log.warning("%s; it should be %s at least", line, size(room.limit))

    def _ample(self, room: Room, now: float) -> None:
        if self._standing.over(_name(room), partial(relief, room, now), now):
            _log.info("%s are free again for dumps in %s", size(room.free), room.place)


def _name(room: Room) -> str:
    return f"{EVENT}:{room.source}"
