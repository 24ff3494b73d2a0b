"""What can be wrong with a file, as values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """A check that failed; nothing after it is read any more, only hashed."""

    check: str
    """Stable name: `gzip-header`, `deflate`, `crc32`, `length`, `trailing-bytes`, `hole`, …"""
    offset: int
    """Where, in the bytes of the reader that found it."""
    text: str
    """One plain sentence without a full stop."""


class FirstHole:
    """Remembers the first run of bytes that were never written, however it is cut in pieces."""

    def __init__(self) -> None:
        self.offset = 0
        self.length = 0

    def __bool__(self) -> bool:
        return self.length > 0

    def add(self, offset: int, length: int) -> None:
        if not self:
            self.offset = offset
        if self.offset + self.length == offset:
            self.length += length
