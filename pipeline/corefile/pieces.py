"""Reading a file piece by piece, with the runs told apart that were never written."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass

CHUNK = 1 << 20
_PROBE_LIMIT = 16 << 20


@dataclass(frozen=True)
class Hole:
    """A run of zero bytes that were never written."""

    length: int


def pieces(fd: int, start: int, stop: int, chunk: int = CHUNK) -> Iterator[bytes | Hole]:
    """Yield the bytes from `start` to `stop` in order; less where the file is shorter.

    The descriptor's own offset is left as it was. Where the file system cannot tell holes, or
    tells nonsense, they are read as the zeros that they are.
    """
    holes = _Holes(fd)
    at = start
    while at < stop:
        hole_at = holes.next_hole(at, stop)
        if hole_at > at:
            data = os.pread(fd, min(chunk, stop - at, hole_at - at), at)
            if not data:
                return
            holes.read += len(data)
            at += len(data)
            yield data
            continue
        end = holes.end_of_hole(at, stop)
        for piece in _probed(fd, at, end, chunk, holes):
            at += piece.length if isinstance(piece, Hole) else len(piece)
            yield piece
        if at < end:
            return


def _probed(fd: int, at: int, end: int, chunk: int, holes: _Holes) -> Iterator[bytes | Hole]:
    """Yield what a file system calls a hole: where it can be read as data after all, the data.

    APFS has called fresh, unflushed data a hole. Reading costs time, so it is done for no more
    bytes than were read as data, and a few more.
    """
    while at < end:
        if holes.probed > _PROBE_LIMIT + holes.read:
            yield Hole(end - at)
            return
        data = os.pread(fd, min(chunk, end - at), at)
        if not data:
            return
        holes.probed += len(data)
        at += len(data)
        yield Hole(len(data)) if data == bytes(len(data)) else data


class _Holes:
    """Asks the file system where holes are, as seldom as it can."""

    def __init__(self, fd: int) -> None:
        self.read = 0
        self.probed = 0
        self._fd = fd
        self._known = -1
        self._flushed = False

    def next_hole(self, at: int, stop: int) -> int:
        """Return where the next hole begins, at the earliest `at`; `stop` where there is none."""
        if self._known < at:
            self._known = self._ask(at, stop)
        if self._known == at and not self._flushed:
            self._flushed = True
            with contextlib.suppress(OSError):  # the answer may change: see _probed
                os.fsync(self._fd)
            self._known = self._ask(at, stop)
        return min(self._known, stop)

    def _ask(self, at: int, stop: int) -> int:
        found = self._seek(at, "SEEK_HOLE")
        return stop if found is None else max(found, at)

    def end_of_hole(self, at: int, stop: int) -> int:
        found = self._seek(at, "SEEK_DATA")
        return min(found, stop) if found is not None and found > at else stop

    def _seek(self, at: int, whence: str) -> int | None:
        """Ask with one of the seeks, which not every system has; None for no answer."""
        try:
            before = os.lseek(self._fd, 0, os.SEEK_CUR)
            try:
                return os.lseek(self._fd, at, getattr(os, whence))
            finally:
                os.lseek(self._fd, before, os.SEEK_SET)
        except (OSError, AttributeError):
            return None
