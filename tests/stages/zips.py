"""Looks into a zip the hard way: header by header, as the strictest reader would."""

from __future__ import annotations

import struct
import zipfile
from dataclasses import dataclass
from pathlib import Path

_LOCAL = struct.Struct("<4s5H3L2H")
FOUR_GIB = 0xFFFFFFFF
NO_DESCRIPTOR = 0


@dataclass(frozen=True, kw_only=True)
class LocalHeader:
    version: int
    flags: int
    method: int
    time: int
    date: int
    crc32: int
    compressed_size: int
    uncompressed_size: int
    name: bytes
    zip64: bool
    data_offset: int


def local_header(path: Path, offset: int) -> LocalHeader:
    """Return the local header at `offset`, its sizes read from the Zip64 field if it has one."""
    with path.open("rb") as file:
        file.seek(offset)
        fields = _LOCAL.unpack(file.read(_LOCAL.size))
        signature, version, flags, method, time, date, crc32, packed, plain, name, extra = fields
        assert signature == b"PK\x03\x04"
        name_bytes, extra_bytes = file.read(name), file.read(extra)
        data_offset = file.tell()
    if extra_bytes:
        assert struct.unpack_from("<HH", extra_bytes) == (1, 16)
        assert (packed, plain) == (FOUR_GIB, FOUR_GIB)
        plain, packed = struct.unpack_from("<QQ", extra_bytes, 4)
    return LocalHeader(
        version=version,
        flags=flags,
        method=method,
        time=time,
        date=date,
        crc32=crc32,
        compressed_size=packed,
        uncompressed_size=plain,
        name=name_bytes,
        zip64=bool(extra_bytes),
        data_offset=data_offset,
    )


def assert_headers_agree(path: Path) -> None:
    """Assert that local headers and central directory say the same, without data descriptors."""
    end = 0
    with zipfile.ZipFile(path) as archive:
        for entry in archive.infolist():
            local = local_header(path, entry.header_offset)
            assert entry.header_offset == end, "dead space between two entries"
            assert local.flags == entry.flag_bits == NO_DESCRIPTOR
            assert local.version == entry.extract_version == (45 if local.zip64 else 20)
            assert local.method == entry.compress_type == zipfile.ZIP_DEFLATED
            assert local.name.decode("ascii") == entry.filename
            assert local.crc32 == entry.CRC
            assert local.compressed_size == entry.compress_size
            assert local.uncompressed_size == entry.file_size
            assert entry.create_system == 3
            assert entry.external_attr >> 16 == 0o100640
            end = local.data_offset + local.compressed_size
        assert end == archive.start_dir


def entry_stream(path: Path, name: str) -> bytes:
    """Return an entry's bytes as they lie in the zip."""
    with zipfile.ZipFile(path) as archive:
        entry = archive.getinfo(name)
    start = local_header(path, entry.header_offset).data_offset
    with path.open("rb") as file:
        file.seek(start)
        return file.read(entry.compress_size)
