"""One limit for all parts that are sent at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Bandwidth:
    """Lets at most `rate` bytes a second pass, whoever asks; None: all. Threads may share it."""

    def __init__(
        self,
        rate: int | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._lock = threading.Lock()
        self._free_at = clock()

    def take(self, count: int) -> None:
        """Wait until the line is free, then occupy it for as long as `count` bytes need."""
        if self._rate is None or not count:
            return
        with self._lock:
            now = self._clock()
            begin = max(self._free_at, now)
            self._free_at = begin + count / self._rate
        if begin > now:
            self._sleep(begin - now)
