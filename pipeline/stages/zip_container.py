"""Writes a zip file as the strictest readers want it.

macOS's Archive Utility and everything that reads a zip from a pipe believe the local headers, not
the central directory. So each local header is written twice: first with room for what is not yet
known, then in place with the CRC and both sizes; no data descriptor is ever used. An entry that
might outgrow 32 bits gets its Zip64 field from the start, since it cannot be inserted later.
"""

from __future__ import annotations

import struct
import time
import zlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from stat import S_IFREG
from typing import BinaryIO

FOUR_GIB = 0xFFFFFFFF
"""The first size that 32 bits cannot say: all ones means "see the Zip64 field"."""

_LOCAL = struct.Struct("<4s5H3L2H")
_CENTRAL = struct.Struct("<4s6H3L5H2L")
_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")

_ZIP64_FIELD = 0x0001
_DEFLATED = 8
_UNIX = 3 << 8
_MODE = (S_IFREG | 0o640) << 16
_PLAIN_VERSION, _ZIP64_VERSION = 20, 45


@dataclass(frozen=True, kw_only=True)
class Totals:
    """What a deflate stream inflates to; known for sure only once all of it was written."""

    crc32: int
    uncompressed_size: int


@dataclass(frozen=True, kw_only=True)
class _Entry:
    name: bytes
    offset: int
    zip64: bool
    timestamp: tuple[int, int]
    compressed_size: int = 0
    totals: Totals = Totals(crc32=0, uncompressed_size=0)

    @property
    def _version(self) -> int:
        return _ZIP64_VERSION if self.zip64 else _PLAIN_VERSION

    def _common(self) -> tuple[int, ...]:
        """Return the fields that local header and central directory share, in their order."""
        wide = self.zip64
        return (
            0,  # no flags: not encrypted, no data descriptor, an ASCII name
            _DEFLATED,
            *self.timestamp,
            self.totals.crc32,
            FOUR_GIB if wide else self.compressed_size,
            FOUR_GIB if wide else self.totals.uncompressed_size,
            len(self.name),
        )

    def _extra(self, *more: int) -> bytes:
        sizes = (self.totals.uncompressed_size, self.compressed_size) if self.zip64 else ()
        values = (*sizes, *more)
        if not values:
            return b""
        return struct.pack(f"<2H{len(values)}Q", _ZIP64_FIELD, 8 * len(values), *values)

    def local(self) -> bytes:
        extra = self._extra()
        fixed = _LOCAL.pack(b"PK\x03\x04", self._version, *self._common(), len(extra))
        return fixed + self.name + extra

    def central(self, limit: int) -> bytes:
        far = self.offset >= limit
        extra = self._extra(self.offset) if far else self._extra()
        version = _ZIP64_VERSION if far else self._version
        fixed = _CENTRAL.pack(
            b"PK\x01\x02",
            _UNIX | version,
            version,
            *self._common(),
            len(extra),
            *(0, 0, 0),  # no comment, first disk, no internal attributes
            _MODE,
            FOUR_GIB if far else self.offset,
        )
        return fixed + self.name + extra


class ZipWriter:
    """Writes entries one after another into a seekable file that is empty at first.

    `limit` is where Zip64 begins: FOUR_GIB, except in tests.
    """

    def __init__(self, file: BinaryIO, *, modified_ns: int, limit: int = FOUR_GIB) -> None:
        self._file = file
        self._timestamp = dos_timestamp(modified_ns)
        self._limit = limit
        self._done: list[_Entry] = []
        self._open: _Entry | None = None

    def begin(self, name: str, *, largest: int) -> None:
        """Open an entry; `largest` is the worst case of its compressed or uncompressed size."""
        self._open = _Entry(
            name=name.encode("ascii"),
            offset=self._file.tell(),
            zip64=largest >= self._limit,
            timestamp=self._timestamp,
        )
        self._file.write(self._open.local())

    def write(self, deflated: bytes | memoryview) -> None:
        """Append to the open entry's raw deflate stream."""
        self._file.write(deflated)

    def end(self, totals: Totals) -> None:
        """Close the open entry: its header gets the CRC and the sizes."""
        if self._open is None:
            raise ValueError("no entry is open")
        end = self._file.tell()
        size = end - self._open.offset - len(self._open.local())
        entry = replace(self._open, compressed_size=size, totals=totals)
        if not entry.zip64 and max(size, totals.uncompressed_size) >= self._limit:
            raise ValueError("an entry outgrew the size it was announced with")
        self._file.seek(entry.offset)
        self._file.write(entry.local())
        self._file.seek(end)
        self._done.append(entry)
        self._open = None

    def add(self, name: str, content: bytes) -> None:
        """Write a whole small entry."""
        packer = zlib.compressobj(9, zlib.DEFLATED, -15)
        deflated = packer.compress(content) + packer.flush()
        self.begin(name, largest=max(len(content), len(deflated)))
        self.write(deflated)
        self.end(Totals(crc32=zlib.crc32(content), uncompressed_size=len(content)))

    def close(self) -> None:
        """Write the central directory and its end; the file itself stays open."""
        start = self._file.tell()
        self._write_all(entry.central(self._limit) for entry in self._done)
        size = self._file.tell() - start
        count = len(self._done)
        if max(start, size) >= self._limit:
            self._write_all(_end_64(start, size, count))
            start = FOUR_GIB  # a size that 32 bits can say may stay
            size = min(size, FOUR_GIB)
        self._file.write(_END.pack(b"PK\x05\x06", 0, 0, count, count, size, start, 0))
        self._file.flush()

    def _write_all(self, records: Iterable[bytes]) -> None:
        for record in records:
            self._file.write(record)


def _end_64(start: int, size: int, count: int) -> tuple[bytes, bytes]:
    """Return the Zip64 end record and the locator that leads to it."""
    version = _ZIP64_VERSION
    record = _END_64.pack(
        b"PK\x06\x06",
        _END_64.size - 12,  # the signature and this field do not count
        _UNIX | version,
        version,
        *(0, 0),  # this disk is the first
        *(count, count),
        size,
        start,
    )
    return record, _LOCATOR_64.pack(b"PK\x06\x07", 0, start + size, 1)


def dos_timestamp(modified_ns: int) -> tuple[int, int]:
    """Return the MS-DOS time and date words: local time, even seconds, 1980 to 2107."""
    seconds = min(max(modified_ns // 10**9, 0), 1 << 33)  # a range that localtime knows everywhere
    year, month, day, hour, minute, second, *_ = time.localtime(seconds)
    if year < 1980:
        year, month, day, hour, minute, second = 1980, 1, 1, 0, 0, 0
    elif year > 2107:
        year, month, day, hour, minute, second = 2107, 12, 31, 23, 59, 58
    date = (year - 1980) << 9 | month << 5 | day
    return hour << 11 | minute << 5 | min(second, 59) >> 1, date
