"""Looks again and again how much memory a family of processes has."""

from __future__ import annotations

import threading

from bench import procfs

_FIRST_PAUSE, _LONGEST_PAUSE = 0.005, 0.05


class MemoryLooks:
    """Looks from its making until `stop`; sees nothing where the system does not tell."""

    def __init__(self, pid: int) -> None:
        self.largest: int | None = None
        """Peak of the largest process, bytes."""
        self.together: int | None = None
        """Peak of the sum of all."""
        self._pid = pid
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look_again_and_again, daemon=True)
        if procfs.AVAILABLE:
            self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def _look_again_and_again(self) -> None:
        pause = _FIRST_PAUSE
        while not self._ended.wait(pause):
            self._look()
            pause = min(pause * 2, _LONGEST_PAUSE)

    def _look(self) -> None:
        members = list(procfs.family(self._pid))
        peak = max((procfs.peak_of(pid) or 0 for pid in members), default=0)
        now = sum(procfs.memory_of(pid) or 0 for pid in members)
        self.largest = max(self.largest or 0, peak) or None
        self.together = max(self.together or 0, now) or None
