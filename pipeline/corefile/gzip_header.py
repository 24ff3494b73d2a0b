"""A gzip member's header, read as its bytes come, in a few bytes of memory."""

from __future__ import annotations

import zlib
from collections.abc import Callable

from pipeline.corefile.fault import Fault

_FIXED = 10
_DEFLATE = 8
_FHCRC, _FEXTRA, _FNAME, _FCOMMENT = 0x02, 0x04, 0x08, 0x10
_RESERVED = 0xE0
_CHECK = "gzip-header"


class GzipHeader:
    """Feed it bytes until `done` or `fault`; names and extra fields are passed over."""

    def __init__(self) -> None:
        self.size = 0
        self.done = False
        self.fault: Fault | None = None
        self._crc = 0
        self._flags = 0
        self._field = bytearray()
        self._skip = 0
        self._step: Callable[[memoryview], int] = self._fixed

    def feed(self, data: memoryview) -> int:
        """Return how many bytes of `data` belong to the header."""
        used = 0
        while used < len(data) and not self.done and self.fault is None:
            used += self._step(data[used:])
        return used

    def _fixed(self, data: memoryview) -> int:
        used = self._gather(data, _FIXED)
        if len(self._field) > 2 and self._field[2] != _DEFLATE:
            self.fault = Fault(_CHECK, 2, f"unknown gzip method {self._field[2]}")
        elif len(self._field) > 3 and self._field[3] & _RESERVED:
            self.fault = Fault(_CHECK, 3, "reserved gzip flags are set")
        elif len(self._field) == _FIXED:
            self._flags = self._field[3]
            self._next(_FEXTRA, self._extra_length)
        return used

    def _extra_length(self, data: memoryview) -> int:
        used = self._gather(data, 2)
        if len(self._field) == 2:
            self._skip = int.from_bytes(self._field, "little")
            if self._skip:
                self._step = self._extra
            else:
                self._next(_FNAME, self._name)
        return used

    def _extra(self, data: memoryview) -> int:
        used = self._count(data[: self._skip])
        self._skip -= used
        if not self._skip:
            self._next(_FNAME, self._name)
        return used

    def _name(self, data: memoryview) -> int:
        used, ended = self._text(data)
        if ended:
            self._next(_FCOMMENT, self._comment)
        return used

    def _comment(self, data: memoryview) -> int:
        used, ended = self._text(data)
        if ended:
            self._next(_FHCRC, self._header_crc)
        return used

    def _header_crc(self, data: memoryview) -> int:
        expected = self._crc & 0xFFFF
        used = self._gather(data, 2)
        if len(self._field) == 2:
            if int.from_bytes(self._field, "little") != expected:
                text = "the gzip header's own checksum does not match"
                self.fault = Fault(_CHECK, self.size - 2, text)
            self.done = self.fault is None
        else:
            self._crc = expected  # the checksum does not cover itself
        return used

    def _next(self, flag: int, step: Callable[[memoryview], int]) -> None:
        """Go on to the field that `flag` announces, or to the first later one that is there."""
        self._field.clear()
        following = {
            _FEXTRA: (_FNAME, self._name),
            _FNAME: (_FCOMMENT, self._comment),
            _FCOMMENT: (_FHCRC, self._header_crc),
        }
        if self._flags & flag:
            self._step = step
        elif flag in following:
            self._next(*following[flag])
        else:
            self.done = True

    def _gather(self, data: memoryview, wanted: int) -> int:
        part = data[: wanted - len(self._field)]
        self._field += part
        return self._count(part)

    def _text(self, data: memoryview) -> tuple[int, bool]:
        head = bytes(data[:4096])
        end = head.find(b"\0")
        return self._count(data[: end + 1 if end >= 0 else len(head)]), end >= 0

    def _count(self, part: memoryview) -> int:
        self._crc = zlib.crc32(part, self._crc)
        self.size += len(part)
        return len(part)
