"""Reads a dump once from end to end, and proves that it is still the file that was judged."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator

from pipeline import Dump, DumpChanged, TryAgain, Workspace


class DumpReader:
    """Hands out parts of the dump, in order, while hashing all of it.

    Reads with pread only: the descriptor's offset is shared with the daemon. Tells the workspace
    how far it is, and raises TryAgain once nobody waits for the result.
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
        end = start + size
        while self._offset < end:
            at = self._offset
            data = memoryview(self._read(chunk))
            part = data[max(start - at, 0) : end - at]
            if part:
                yield part

    def confirm(self) -> None:
        """Read what is left and raise DumpChanged unless every byte is as it was when judged."""
        if self._sha256 is not None:
            while self._offset < self._size:
                self._read(1 << 20)
        grown = os.fstat(self._fd).st_size != self._size
        if grown or self._sha256 not in (None, self._hash.hexdigest()):
            raise self._changed()

    def _read(self, size: int) -> bytes:
        if self._work.cancelled:
            raise TryAgain(f"{self._name}: packaging was stopped")
        data = os.pread(self._fd, min(size, self._size - self._offset), self._offset)
        if not data:
            raise self._changed()
        self._hash.update(data)
        self._offset += len(data)
        self._work.progress(self._offset, self._size)
        return data

    def _changed(self) -> DumpChanged:
        return DumpChanged(f"{self._name} changed while it was being packaged")
