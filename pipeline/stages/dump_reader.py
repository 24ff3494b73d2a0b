"""Reads a dump once from end to end, and proves that it is still the file that was judged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from functools import cache

from pipeline import Dump, DumpChanged, TryAgain, Workspace
from pipeline.corefile import Hole, pieces


class DumpReader:
    """Hands out parts of the dump, in order, while hashing all of it.

    Reads with pread only: the descriptor's offset is shared with the daemon. What was never
    written is handed out as zeros without being read. Tells the workspace how far it is, and
    raises TryAgain once nobody waits for the result.
    """

    def __init__(self, dump: Dump, work: Workspace) -> None:
        self._name = dump.name
        self._size = dump.inspection.file_size
        self._sha256 = dump.inspection.sha256
        self._work = work
        self._fd = work.dump_file.fileno()
        self._hash = hashlib.sha256()
        self._offset = 0

    def span(self, start: int, size: int, chunk: int) -> Iterator[memoryview]:
        """Yield the bytes from `start` on, `size` of them, in pieces of at most `chunk`."""
        end = min(start + size, self._size)
        for data in self._read(end, chunk):
            part = data[max(start - (self._offset - len(data)), 0) :]
            if part:
                yield part
        if self._offset < end:
            raise self._changed()

    def confirm(self) -> None:
        """Read what is left and raise DumpChanged unless every byte is as it was when judged."""
        if self._sha256 is not None:
            for _ in self._read(self._size, 1 << 20):
                pass
        grown = os.fstat(self._fd).st_size != self._size
        if grown or self._sha256 not in (None, self._hash.hexdigest()):
            raise self._changed()

    def _read(self, end: int, chunk: int) -> Iterator[memoryview]:
        """Yield what lies between where it is and `end`; less where the file is shorter."""
        for piece in pieces(self._fd, self._offset, end, chunk):
            for data in _laid_out(piece, chunk):
                if self._work.cancelled:
                    raise TryAgain(f"{self._name}: reading it was stopped")
                self._hash.update(data)
                self._offset += len(data)
                self._work.progress(self._offset, self._size)
                yield data

    def _changed(self) -> DumpChanged:
        return DumpChanged(f"{self._name} changed while it was being read")


def _laid_out(piece: bytes | Hole, chunk: int) -> Iterator[memoryview]:
    if isinstance(piece, bytes):
        yield memoryview(piece)
        return
    zeros = _zeros(chunk)
    for at in range(0, piece.length, chunk):
        yield zeros[: piece.length - at]


@cache
def _zeros(size: int) -> memoryview:
    return memoryview(bytes(size))
