"""Runs that were never written, as a full volume leaves them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.corefile import Hole, inspect_descriptor
from pipeline.model import Cause, Evidence, Inspection, Verdict
from tests.corefile.inspecting import inspect, inspect_pieces, small_core
from tests.cores import CoreSpec, build_core, mutate

NAME = "core-xnu-8796.141.3-10.0.40.7-1f0c3a9e"
RAW = small_core()
PACKED = small_core(gzipped=True)


def with_hole(data: bytes, offset: int, length: int, name: str = NAME) -> Inspection:
    rest = data[offset + length :]
    return inspect_pieces([data[:offset], Hole(length), rest], name)


def test_a_hole_in_a_segment_damages_a_raw_core_of_exact_length() -> None:
    found = with_hole(RAW, 8192, 4096)
    assert found.verdict is Verdict.DAMAGED
    assert found.check == "hole"
    assert found.good_size == found.uncompressed_size == 8192
    assert "4.0 KiB were never written" in found.reason
    assert "8192" in found.reason


def test_a_hole_at_the_end_in_the_notes_damages_too() -> None:
    found = with_hole(RAW, len(RAW) - 16, 16)
    assert found.check == "hole"


def test_a_hole_that_ends_a_core_still_growing_is_damage_not_truncation() -> None:
    found = inspect_pieces([RAW[:8192], Hole(4096)])
    assert found.verdict is Verdict.DAMAGED


def test_a_hole_between_the_headers_and_the_first_segment_is_harmless() -> None:
    spec = CoreSpec(arch="arm64e", xnu="11417.101.15", gzipped=False, size=128 << 10)
    data = build_core(spec)
    assert data[4096:16384] == bytes(12288)
    assert with_hole(data, 4096, 12288).verdict is Verdict.COMPLETE
    assert with_hole(data, 4096, 12289).verdict is Verdict.DAMAGED


def test_a_hole_in_the_headers_is_damage() -> None:
    for offset in (4, 32, 100):
        found = with_hole(RAW, offset, 50)
        assert found.check == "hole"
        assert found.good_size == offset


def test_a_core_by_name_that_begins_with_a_hole_is_damaged_another_file_no_dump() -> None:
    assert with_hole(RAW, 0, 4096).check == "hole"
    assert with_hole(RAW, 0, 4096, "something").verdict is Verdict.NOT_A_DUMP


def test_a_hole_after_the_announced_end_is_surplus() -> None:
    found = inspect_pieces([RAW, Hole(10)])
    assert found.check == "length"


def test_the_first_of_several_holes_is_told() -> None:
    parts: list[bytes | Hole] = [RAW[:8192], Hole(100), RAW[8292:9000], Hole(50), RAW[9050:]]
    assert "100 bytes were never written" in inspect_pieces(parts).reason


def test_a_hole_in_a_gzip_core_is_damage_even_where_it_inflates() -> None:
    for offset in (10, len(PACKED) // 2, len(PACKED) - 5):
        found = with_hole(PACKED, offset, 3)
        assert found.verdict is Verdict.DAMAGED
        assert found.check == "hole"
        assert found.good_size == offset


def test_zeros_of_a_gzip_core_stored_as_a_hole_are_proven_by_its_checksum() -> None:
    # Long runs of the shortest code are zero bytes; some file systems do not store those.
    content = RAW[:4096] + bytes(len(RAW) - 4096)
    packed = mutate.regzip(content, level=0)
    start = packed.index(bytes(5000))
    assert with_hole(packed, start, 5000).verdict is Verdict.COMPLETE


def test_a_hole_after_a_whole_gzip_core_is_trailing_bytes() -> None:
    found = inspect_pieces([PACKED, Hole(1 << 43)])
    assert found.check == "trailing-bytes"
    assert found.good_size == len(PACKED)


def test_a_hole_in_a_log_is_damage() -> None:
    found = inspect_pieces([b"hello\n", Hole(100), b"bye\n"], "paniclog-xnu-1.2-1.2.3.4-5")
    assert found.check == "hole"
    assert found.good_size == 6


def test_a_full_volume_is_named_as_the_cause() -> None:
    pieces: list[bytes | Hole] = [RAW[:8192], Hole(4096), RAW[12288:]]
    found = inspect_pieces(pieces, evidence=Evidence(least_free_bytes=0))
    assert found.cause is Cause.VOLUME_FULL


@pytest.mark.timeout(20)
@pytest.mark.parametrize("start", [RAW[:8192], PACKED[:3000], PACKED, b"", b"hello\n" * 200])
def test_a_sparse_file_of_eight_terabytes_costs_no_time_and_is_not_hashed(
    tmp_path: Path,
    start: bytes,
) -> None:
    path = tmp_path / NAME
    path.write_bytes(start)
    try:
        os.truncate(path, 8 << 40)
    except OSError:
        pytest.skip("this file system has no sparse files of that size")
    with path.open("rb") as file:
        found = inspect_descriptor(file.fileno())
    assert found.verdict is not Verdict.COMPLETE
    assert found.file_size == 8 << 40
    assert found.sha256 is None


@pytest.mark.timeout(60)
def test_hostile_codes_cannot_inflate_a_hole_for_ever() -> None:
    # A block whose shortest codes are one zero bit each: every zero byte inflates to a kilobyte.
    content = RAW[:8192] + bytes(64 << 20)
    packed = mutate.regzip(content, level=9)
    zeros = packed.find(bytes(64))
    assert zeros > 0
    found = inspect_pieces([packed[: zeros + 32], Hole(1 << 43)])
    assert found.verdict is Verdict.DAMAGED
    assert found.check == "hole"


def test_holes_no_longer_than_the_stored_bytes_are_hashed_as_zeros() -> None:
    found = with_hole(RAW, 8192, 4096)
    assert found.sha256 == inspect(RAW[:8192] + bytes(4096) + RAW[12288:]).sha256


def test_real_holes_of_a_real_file_are_found(tmp_path: Path) -> None:
    spec = CoreSpec(size=8 << 20, gzipped=False, segments=2)
    data = build_core(spec)
    path = tmp_path / "core"
    mutate.write_with_hole(path, data, 1 << 20, 4 << 20)
    with path.open("rb") as file:
        if os.lseek(file.fileno(), 0, os.SEEK_HOLE) == len(data):
            pytest.skip("this file system does not tell holes")
        found = inspect_descriptor(file.fileno())
    assert found.check == "hole"
    assert found.good_size == 1 << 20
    assert "4.0 MiB were never written" in found.reason
