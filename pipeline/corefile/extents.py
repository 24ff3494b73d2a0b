"""The runs of a core's bytes that its header claims."""

from __future__ import annotations

from bisect import bisect_right

_MAX_RUNS = 4096


class Extents:
    """Merged runs, bounded in number: beyond that they become one run that covers all."""

    def __init__(self) -> None:
        self.end = 0
        """The largest end of any run."""
        self._runs: list[tuple[int, int]] = []
        self._sorted = True

    @property
    def start(self) -> int:
        """The smallest start of any run."""
        return min((start for start, _ in self._runs), default=0)

    def add(self, start: int, length: int) -> None:
        if length <= 0:
            return
        self.end = max(self.end, start + length)
        if self._runs and self._runs[-1][1] == start:  # the kernel's are contiguous
            self._runs[-1] = (self._runs[-1][0], start + length)
            return
        self._runs.append((start, start + length))
        self._sorted = False
        if len(self._runs) > _MAX_RUNS:
            self._merge()
            if len(self._runs) > _MAX_RUNS // 2:
                self._runs = [(self._runs[0][0], self.end)]

    def first_overlap(self, start: int, length: int) -> tuple[int, int] | None:
        """Return offset and length of the first part of a run that lies in the given one."""
        if not self._sorted:
            self._merge()
        index = max(bisect_right(self._runs, (start, start)) - 1, 0)
        for run_start, run_stop in self._runs[index : index + 2]:
            begin, stop = max(start, run_start), min(start + length, run_stop)
            if begin < stop:
                return begin, stop - begin
        return None

    def _merge(self) -> None:
        merged: list[tuple[int, int]] = []
        for start, stop in sorted(self._runs):
            if merged and start <= merged[-1][1]:
                merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
            else:
                merged.append((start, stop))
        self._runs, self._sorted = merged, True
