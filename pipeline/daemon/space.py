"""Watches the room that is left where dumps arrive, and tells before the next one comes.

kdumpd says nothing when the disk is full: the dump is just cut short.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping

from pipeline.daemon.space_alert import EVENT, Shortage, Sizes, alert_for
from pipeline.display import size
from pipeline.journal import Journal
from pipeline.owing import Desk
from pipeline.retention.holdings import Place

_log = logging.getLogger("panicpipe.space")

_DUMPS_TO_COME = 2
"""So many cores as large as the largest one so far should have room."""
_AGAIN = 86400.0
"""Seconds after which it is told once more, while it lasts."""
_AMPLE = 1.1
"""Times the limit that must be free until it is over: room comes and goes by a little."""


class Space:
    """Knows which sources are short of room, and tells of each at most once a day."""

    def __init__(self, journal: Journal, desk: Desk, warn_below: int, *, has_rules: bool) -> None:
        """Take the bytes to warn below; 0: never warn."""
        self._journal = journal
        self._desk = desk
        self._warn_below = warn_below
        self._has_rules = has_rules
        self._sizes = Sizes()
        self._sizes_of = -1.0

    def limit(self) -> int:
        """What must be free at least: what is configured, or room for dumps like the largest."""
        if self._warn_below == 0:
            return 0
        return max(self._warn_below, _DUMPS_TO_COME * (self._known_sizes().largest or 0))

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
                self._journal.conditions.clear(known.name)
        limit = self.limit()
        for source, place in places.items():
            if place.volume is None or limit == 0:
                continue
            free = place.volume.free
            if free < limit:
                self._short(
                    Shortage(
                        source=source,
                        place=place.shown,
                        free=free,
                        limit=limit,
                        sizes=self._known_sizes(),
                        has_rules=self._has_rules,
                    ),
                    now,
                )
            elif free > limit * _AMPLE:
                self._ample(source, f"{size(free)} are free again for dumps in {place.shown}")

    def _short(self, shortage: Shortage, now: float) -> None:
        name = f"{EVENT}:{shortage.source}"
        known = self._journal.conditions.find(name)
        told = None if known is None else min(known.since, now)  # a clock may have been set back
        if told is not None and now - told < _AGAIN:
            if known is not None and (known.since, known.text) != (told, shortage.line):
                self._journal.conditions.put(name, told, shortage.line)
            return
        with self._journal.transaction():
            self._journal.conditions.put(name, now, shortage.line)
            self._desk.owe(None, alert_for(shortage), now)
        _log.warning("%s; it should be %s at least", shortage.line, size(shortage.limit))

    def _ample(self, source: str, line: str) -> None:
        name = f"{EVENT}:{source}"
        if self._journal.conditions.find(name) is not None:
            self._journal.conditions.clear(name)
            _log.info("%s", line)
