"""The zip container: headers, Zip64 and times."""

import io
import struct
import time
import zipfile
import zlib
from pathlib import Path

import pytest

from pipeline.stages.zip_container import Totals, ZipWriter, dos_timestamp
from tests.stages.dumps import MTIME_NS, core_bytes, deflated
from tests.stages.zips import assert_headers_agree, local_header

CONTENT = core_bytes(300_000)


def _write(path: Path, content: bytes, *, limit: int = 0xFFFFFFFF, largest: int = 0) -> None:
    stream = deflated(content)
    with path.open("wb") as file:
        archive = ZipWriter(file, modified_ns=MTIME_NS, limit=limit)
        archive.add("small.txt", b"small")
        archive.begin("big", largest=max(largest, len(content), len(stream)))
        for at in range(0, len(stream), 1000):
            archive.write(stream[at : at + 1000])
        archive.end(Totals(crc32=zlib.crc32(content), uncompressed_size=len(content)))
        archive.close()


def test_small_entries_need_no_zip64(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    _write(path, CONTENT)
    assert_headers_agree(path)
    assert b"PK\x06\x06" not in path.read_bytes()[-200:]
    with zipfile.ZipFile(path) as archive:
        assert archive.read("big") == CONTENT
        assert archive.read("small.txt") == b"small"
        assert [entry.extra for entry in archive.infolist()] == [b"", b""]


@pytest.mark.parametrize("limit", [1, 6, 50, 100_000, len(CONTENT), len(CONTENT) + 1])
def test_zip64_begins_exactly_at_the_limit(tmp_path: Path, limit: int) -> None:
    """Sizes, offsets and the directory's place each get 64 bits only when they need them."""
    path = tmp_path / "a.zip"
    _write(path, CONTENT, limit=limit)
    assert_headers_agree(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("big") == CONTENT
        assert archive.testzip() is None
        big, start = archive.getinfo("big"), archive.start_dir
    assert local_header(path, big.header_offset).zip64 == (len(CONTENT) >= limit)
    assert (b"PK\x06\x06" in path.read_bytes()[-200:]) == (start >= limit)


def test_an_entry_that_might_outgrow_32_bits_gets_room_even_if_it_does_not(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    _write(path, CONTENT, largest=0xFFFFFFFF)
    assert_headers_agree(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.read("big") == CONTENT
        assert local_header(path, archive.getinfo("big").header_offset).zip64


def test_the_limit_itself_is_already_too_large(tmp_path: Path) -> None:
    """Four bytes of all ones mean "look elsewhere", so that size cannot be said in 32 bits."""
    path = tmp_path / "a.zip"
    for largest, zip64 in ((0xFFFFFFFE, False), (0xFFFFFFFF, True)):
        _write(path, CONTENT, largest=largest)
        with zipfile.ZipFile(path) as archive:
            assert local_header(path, archive.getinfo("big").header_offset).zip64 is zip64


def test_an_entry_larger_than_announced_is_refused() -> None:
    archive = ZipWriter(io.BytesIO(), modified_ns=MTIME_NS, limit=100)
    archive.begin("big", largest=99)
    archive.write(bytes(100))
    with pytest.raises(ValueError, match="outgrew"):
        archive.end(Totals(crc32=0, uncompressed_size=1))


@pytest.mark.parametrize(
    ("year", "shown"),
    [
        (1970, (1980, 1, 1, 0, 0, 0)),
        (2024, (2024, 5, 6, 7, 8, 8)),
        (2108, (2107, 12, 31, 23, 59, 58)),
    ],
)
def test_times_are_local_and_clamped_to_what_dos_can_say(
    tmp_path: Path, year: int, shown: tuple[int, ...]
) -> None:
    seconds = time.mktime((year, 5, 6, 7, 8, 9, 0, 0, -1))
    path = tmp_path / "a.zip"
    with path.open("wb") as file:
        archive = ZipWriter(file, modified_ns=int(seconds) * 10**9)
        archive.add("a", b"")
        archive.close()
    assert zipfile.ZipFile(path).getinfo("a").date_time == shown


@pytest.mark.parametrize("modified_ns", [-(2**63), -1, 0, 2**63 - 1, 2**90])
def test_absurd_times_are_clamped(modified_ns: int) -> None:
    clock, date = dos_timestamp(modified_ns)
    assert struct.pack("<2H", clock, date)
    assert date >> 9 in (0, 127)
