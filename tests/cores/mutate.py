"""What goes wrong with files, done on purpose."""

from __future__ import annotations

import gzip
import os
import zlib


def cut(data: bytes, size: int) -> bytes:
    """Keep the first `size` bytes."""
    return data[:size]


def flip_bit(data: bytes, offset: int, bit: int = 0) -> bytes:
    changed = bytearray(data)
    changed[offset] ^= 1 << bit
    return bytes(changed)


def append(data: bytes, tail: bytes = b"\0") -> bytes:
    return data + tail


def second_member(data: bytes, content: bytes = b"more") -> bytes:
    """Append another whole gzip member, which gzip itself would accept."""
    return data + gzip.compress(content, mtime=0)


def without_run(data: bytes, offset: int, length: int) -> bytes:
    """Leave out a run in the middle, as a full volume does that finds space again."""
    return data[:offset] + data[offset + length :]


def regzip(content: bytes, *, level: int = 6, header: bytes | None = None) -> bytes:
    """Compress with any level, optionally under a gzip header of one's own."""
    deflater = zlib.compressobj(level, zlib.DEFLATED, -15)
    stream = deflater.compress(content) + deflater.flush()
    trailer = zlib.crc32(content).to_bytes(4, "little")
    trailer += (len(content) & 0xFFFFFFFF).to_bytes(4, "little")
    return (header or b"\x1f\x8b\x08\0\0\0\0\0\0\x03") + stream + trailer


def write_with_hole(path: str | os.PathLike[str], data: bytes, offset: int, length: int) -> None:
    """Write a file that lacks `length` bytes at `offset`: they read as zeros."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.pwrite(fd, data[:offset], 0)
        os.pwrite(fd, data[offset + length :], offset + length)
        os.ftruncate(fd, len(data))
    finally:
        os.close(fd)
