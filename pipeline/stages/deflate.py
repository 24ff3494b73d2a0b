"""Deflates a stream of blocks on all cores at once, with flat memory.

Each block is deflated on its own, primed with the 32 KiB before it, and ends on a byte boundary,
so that the pieces laid end to end are one ordinary deflate stream. zlib releases the interpreter
lock, so threads are enough.
"""

from __future__ import annotations

import os
import zlib
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cache

BLOCK = 256 * 1024
"""Bytes that one thread takes at a time; small enough that sixteen of them stay small."""

_WINDOW = 32 * 1024
_END = b"\x03\x00"  # a final block with nothing in it
_ZEROS = bytes(BLOCK)
_MOST_THREADS = 16  # beyond that the one thread that reads, hashes and writes is the limit


class ParallelDeflate:
    """Iterate over it once for the raw deflate stream of `blocks`, pieces in order.

    `crc32` and `size` tell about the blocks taken so far; at the end, about all of them.
    """

    def __init__(
        self, blocks: Iterable[bytes | memoryview], level: int, *, threads: int | None = None
    ) -> None:
        self.crc32 = 0
        self.size = 0
        self._blocks = blocks
        self._level = level
        self._threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)

    def __iter__(self) -> Iterator[bytes]:
        pool = ThreadPoolExecutor(self._threads, thread_name_prefix="deflate")
        pending: deque[Future[bytes]] = deque()
        try:
            for work in self._submitted(pool):
                pending.append(work)
                if len(pending) > self._threads + 1:
                    yield pending.popleft().result()
            while pending:
                yield pending.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
        yield _END

    def _submitted(self, pool: ThreadPoolExecutor) -> Iterator[Future[bytes]]:
        before: bytes | memoryview = b""
        for block in self._blocks:
            self.crc32 = zlib.crc32(block, self.crc32)
            self.size += len(block)
            yield pool.submit(_deflated, block, before, self._level)
            before = block[-_WINDOW:]


def largest_deflated(size: int) -> int:
    """Return a size that deflating `size` bytes cannot exceed, whichever zlib does it."""
    return size + size // 8 + 64 * (size // BLOCK + 2)


def _deflated(block: bytes | memoryview, before: bytes | memoryview, level: int) -> bytes:
    if bytes(block) == _ZEROS:  # holes and pages never used: a core has many
        return _deflated_zeros(level)
    if before:
        packer = zlib.compressobj(level, zlib.DEFLATED, -15, zdict=before)
    else:
        packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(block) + packer.flush(zlib.Z_SYNC_FLUSH)


@cache
def _deflated_zeros(level: int) -> bytes:
    packer = zlib.compressobj(level, zlib.DEFLATED, -15)
    return packer.compress(_ZEROS) + packer.flush(zlib.Z_SYNC_FLUSH)
