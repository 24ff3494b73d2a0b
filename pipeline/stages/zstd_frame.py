"""Compresses content of a known size into one zstd frame, on all cores, with bounded memory.

The frame tells its content's size and ends in a checksum of it; its window is never larger than
what every zstd opens without being told to (128 MiB).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

import zstandard
from zstandard import ZstdCompressionParameters

from pipeline import Rejected

LEVELS = range(1, 20)
MOST_THREADS = 256  # zstd's own limit

_LARGEST_WINDOW_LOG = 27
_SMALLEST_JOB = 4 << 20
_MEMORY = 1 << 30
"""Bytes for which as many threads are started as there are cores, and no more."""


class ZstdFrame:
    """Feed it all the content, then `finish`; the bytes that come out make up the frame.

    The same content gives the same frame, however many threads there are.
    """

    def __init__(self, size: int, *, level: int, long_distance: bool, threads: int) -> None:
        shape = ZstdCompressionParameters.from_level(level, source_size=size)
        wanted = threads or most_threads(shape, os.cpu_count() or 1)
        parameters = ZstdCompressionParameters.from_level(
            level,
            source_size=size,
            threads=wanted,
            job_size=_job_size(shape),
            write_content_size=True,
            write_checksum=True,
            **({"enable_ldm": True, "window_log": _LARGEST_WINDOW_LOG} if long_distance else {}),
        )
        with _told_as_faults():
            compressor = zstandard.ZstdCompressor(compression_params=parameters)
            self._frame = compressor.compressobj(size)

    def add(self, data: bytes | memoryview) -> bytes:
        with _told_as_faults():
            return self._frame.compress(data)

    def finish(self) -> bytes:
        """Return the rest; Rejected where the content was not as long as was said."""
        with _told_as_faults():
            return self._frame.flush()


def most_threads(shape: ZstdCompressionParameters, cores: int) -> int:
    """Return how many threads to start on a machine with so many cores."""
    job = _job_size(shape)
    tables = (4 << shape.hash_log) + (4 << shape.chain_log)
    each = tables + 2 * job  # what goes in, and at most about as much that comes out
    shared = 3 * job + (1 << _LARGEST_WINDOW_LOG)
    return max(1, min(cores, (_MEMORY - shared) // each, MOST_THREADS))


def _job_size(shape: ZstdCompressionParameters) -> int:
    """Return how much one thread takes at a time: zstd's own choice is several times that."""
    return max(_SMALLEST_JOB, 2 << shape.window_log)


@contextmanager
def _told_as_faults() -> Iterator[None]:
    try:
        yield
    except zstandard.ZstdError as error:
        if "memory" in str(error):
            raise MemoryError(f"zstd cannot go on: {error}") from error
        raise Rejected(f"zstd cannot go on: {error}") from error
