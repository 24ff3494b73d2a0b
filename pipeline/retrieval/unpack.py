"""From the stored object back to the dump: decrypted, decompressed, with its holes, and proven."""

from __future__ import annotations

import os
from typing import IO, cast

from pipeline.archive.manifest import Manifest
from pipeline.retrieval.faults import Mismatch
from pipeline.retrieval.identities import Identities, Sink
from pipeline.retrieval.progress import Show
from pipeline.retrieval.sparse import SparseWriter

_CHUNK = 1 << 20
_LARGEST_WINDOW = 1 << 27
"""What plain `zstd -d` takes as well; more would be memory that somebody else decides on."""


class _Reader:
    """The stored object, as a file from its start."""

    def __init__(self, fd: int, show: Show) -> None:
        self._fd = fd
        self._size = os.fstat(fd).st_size
        self._done = self._shown = 0
        self._show = show

    def read(self, size: int = _CHUNK, /) -> bytes:
        data = os.pread(self._fd, size, self._done)
        self._done += len(data)
        if self._done - self._shown >= _CHUNK or not data:
            self._show("unpacking", self._done, self._size)
            self._shown = self._done
        return data


def unpack(stored: int, into: int, manifest: Manifest, keys: Identities, show: Show) -> None:
    """Write the dump that the object in one file holds into another, which is empty.

    Raises NoIdentity, and Mismatch where what comes out is not what the manifest says.
    """
    writer = SparseWriter(into, manifest.content.size)
    sink = _decompressing(writer) if manifest.compression == "zstd" else writer
    reader = _Reader(stored, show)
    try:
        if manifest.encrypted:
            keys.decrypt(reader, sink)
        else:
            while data := reader.read():
                sink.write(data)
    except _bad_frame() as error:
        raise Mismatch(f"it is not what zstd makes ({error})") from None
    digest = writer.finish()
    if writer.size != manifest.content.size:
        raise Mismatch(f"it unpacks to {writer.size} bytes instead of {manifest.content.size}")
    if manifest.content.sha256 is not None and digest != manifest.content.sha256:
        raise Mismatch("what it unpacks to has another SHA-256 than the dump had")


def _decompressing(sink: Sink) -> Sink:
    """Return what writes into `sink` what is compressed in the bytes that it gets."""
    import zstandard

    decompressor = zstandard.ZstdDecompressor(max_window_size=_LARGEST_WINDOW)
    # In pieces, so that a few bytes that stand for gigabytes take no memory.
    file = cast("IO[bytes]", sink)  # of which it uses write and flush
    return decompressor.stream_writer(file, write_size=_CHUNK, closefd=False)


def _bad_frame() -> type[Exception]:
    import zstandard

    return zstandard.ZstdError
