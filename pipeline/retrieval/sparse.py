"""Writing a dump so that its runs of zeros take no room, and no more of it than was announced."""

from __future__ import annotations

import hashlib
import os

from pipeline.retrieval.faults import Mismatch

_BLOCK = 1 << 16
"""A run of zeros that fills a block of this size, counted from byte 0, becomes a hole. A multiple
of every file system's own block."""
_ZEROS = bytes(_BLOCK)
_BATCH = 16 * _BLOCK


class SparseWriter:
    """Takes bytes in order; `finish` says whether they were all, and the right ones."""

    def __init__(self, fd: int, limit: int) -> None:
        self._fd = fd
        self._limit = limit
        self._digest = hashlib.sha256()
        self._pending = bytearray()
        self._written = 0
        self._size = 0

    def write(self, data: bytes) -> int:
        """Take the next bytes; Mismatch as soon as there are more than announced."""
        self._size += len(data)
        if self._size > self._limit:
            raise Mismatch(f"it unpacks to more than the {self._limit} bytes that it should have")
        self._digest.update(data)
        self._pending += data
        if len(self._pending) >= _BATCH:
            self._flush(len(self._pending) // _BLOCK * _BLOCK)
        return len(data)

    def flush(self) -> None:
        """Whoever writes into this may call it; nothing is held back for long."""

    @property
    def size(self) -> int:
        """Bytes taken so far."""
        return self._size

    def finish(self) -> str:
        """Write what is left; returns the SHA-256 of all bytes."""
        self._flush(len(self._pending))
        os.ftruncate(self._fd, self._size)  # a hole at the end
        return self._digest.hexdigest()

    def _flush(self, count: int) -> None:
        batch = bytes(self._pending[:count])
        del self._pending[:count]
        start = 0
        while start < len(batch):
            end = start
            while end < len(batch) and not batch.startswith(_ZEROS, end):
                end += _BLOCK
            end = min(end, len(batch))
            self._put(memoryview(batch)[start:end], self._written + start)
            start = end + _BLOCK if end < len(batch) else end
        self._written += len(batch)

    def _put(self, view: memoryview, offset: int) -> None:
        while view:
            written = os.pwrite(self._fd, view, offset)
            view, offset = view[written:], offset + written
