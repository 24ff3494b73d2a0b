"""What is looked at from time to time, whatever else happens or does not."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections.abc import Callable, Sequence

_log = logging.getLogger("panicpipe.daemon")

LONGEST = 60.0
"""Seconds between two rounds at most."""

Look = Callable[[float], None]
"""Takes the time of day; asks and tells, and does not wait for anything."""


class Rounds:
    """Calls everybody in turn; a fault of one keeps none of the others away."""

    def __init__(self, looks: Sequence[Look], every: float) -> None:
        self._looks = tuple(looks)
        self._every = min(every, LONGEST)
        self._faults: dict[Look, str] = {}

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            for look in self._looks:
                self._take(look)
            await asyncio.sleep(self._every)

    def _take(self, look: Look) -> None:
        """Tell of a fault once, and not a minute later again."""
        try:
            look(time.time())
        except sqlite3.Error as error:  # the daemon itself tries again and tells of it
            fault = f"the journal: {error}"
            if self._faults.get(look) != fault:
                _log.error("%s; trying again", fault)
        except Exception as error:
            fault = f"{type(error).__name__}: {error}"
            if self._faults.get(look) != fault:
                _log.exception("a bug in panicpipe")
        else:
            self._faults.pop(look, None)
            return
        self._faults[look] = fault
