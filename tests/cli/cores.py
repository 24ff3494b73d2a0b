"""The smallest kernel cores that can be proven."""

from __future__ import annotations

import struct
import zlib

PANIC = b'panic(cpu 2 caller 0xffffff8012345678): "a test"@driver.c:7\n\0'


def raw_core_header(size: int) -> bytes:
    """Return the first page of an x86_64 core with one segment of `size` bytes."""
    commands_size = 72
    header = struct.pack("<IiiIIIII", 0xFEEDFACF, 0x01000007, 3, 4, 1, commands_size, 0, 0)
    segment = struct.pack(
        "<II16sQQQQiiII",
        0x19, commands_size, b"", 0xFFFFFF8000000000, size, 0x1000, size, 7, 7, 0, 0,
    )  # fmt: skip
    return (header + segment).ljust(0x1000, b"\0")


def raw_core(size: int = 0x4000) -> bytes:
    """Return a core of one segment that begins with a panic report."""
    return raw_core_header(size) + PANIC.ljust(size, b"\0")


def gzip_core(size: int = 0x4000) -> bytes:
    """Return the same as the kernel compresses it."""
    deflate = zlib.compressobj(1, zlib.DEFLATED, 28, 3)
    return deflate.compress(raw_core(size)) + deflate.flush()
