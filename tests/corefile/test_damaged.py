from __future__ import annotations

import hashlib
import random
import zlib

import pytest

from pipeline.model import Inspection, Verdict
from tests.corefile.inspecting import inspect, small_core
from tests.cores import mutate

RAW = small_core()
PACKED = small_core(gzipped=True)


def damaged(data: bytes, check: str) -> Inspection:
    found = inspect(data)
    assert found.verdict is Verdict.DAMAGED, found
    assert found.check == check
    assert found.file_size == len(data)
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    return found


def test_no_flipped_bit_in_a_gzip_core_is_ever_complete() -> None:
    chance = random.Random(11)
    offsets = [*range(4), *range(10, 40), *range(len(PACKED) - 8, len(PACKED))]
    offsets += [chance.randrange(10, len(PACKED)) for _ in range(150)]
    for offset in offsets:
        found = inspect(mutate.flip_bit(PACKED, offset, chance.randrange(8)))
        assert found.verdict is not Verdict.COMPLETE, offset


def broken_in_its_second_block() -> tuple[bytes, int, int]:
    """Return a gzip core, where its fault lies, and how much inflates before it."""
    stored = mutate.regzip(RAW, level=0)
    first_block = int.from_bytes(stored[11:13], "little")
    length_at = 10 + 5 + first_block + 1  # is followed by its complement, which then disagrees
    return mutate.flip_bit(stored, length_at), length_at + 3, first_block


def test_a_broken_stream_tells_the_byte_where_it_breaks() -> None:
    data, fault_at, inflated = broken_in_its_second_block()
    found = damaged(data, "deflate")
    assert found.good_size == fault_at
    assert found.uncompressed_size == inflated
    assert found.deflate is None


def test_what_comes_before_the_break_is_still_told() -> None:
    found = inspect(broken_in_its_second_block()[0])
    assert found.architecture == "x86_64"
    assert found.expected_size == len(RAW)


def test_a_wrong_checksum_keeps_the_stream_and_the_checksum_it_should_have() -> None:
    found = damaged(mutate.flip_bit(PACKED, len(PACKED) - 8), "crc32")
    assert found.good_size == 10
    assert found.deflate is not None
    assert found.deflate.crc32 == zlib.crc32(RAW)


def test_a_wrong_length_is_told_from_a_wrong_checksum() -> None:
    found = damaged(mutate.flip_bit(PACKED, len(PACKED) - 1), "length")
    assert found.good_size == len(PACKED) - 4


@pytest.mark.parametrize("tail", [b"\0", b"x" * 5000, b"\x1f"])
def test_any_byte_after_the_gzip_stream_is_damage(tail: bytes) -> None:
    found = damaged(mutate.append(PACKED, tail), "trailing-bytes")
    assert found.good_size == len(PACKED)
    assert found.uncompressed_size == len(RAW)
    assert found.deflate is not None


def test_a_second_gzip_member_is_damage_and_named() -> None:
    found = damaged(mutate.second_member(PACKED, RAW), "trailing-bytes")
    assert "second gzip member" in found.reason
    assert found.uncompressed_size == len(RAW)


def test_bytes_after_the_announced_end_are_damage() -> None:
    found = damaged(mutate.append(RAW, b"\0"), "length")
    assert found.good_size == found.uncompressed_size == len(RAW)
    packed = damaged(mutate.regzip(RAW + b"\0"), "length")
    assert packed.uncompressed_size == len(RAW)
    assert packed.deflate is None


@pytest.mark.parametrize(
    ("offset", "value", "what"),
    [(2, 9, "method 9"), (3, 0x20, "reserved"), (3, 0x80, "reserved")],
)
def test_a_gzip_header_that_cannot_be_is_damage(offset: int, value: int, what: str) -> None:
    data = bytearray(PACKED)
    data[offset] = value
    found = damaged(bytes(data), "gzip-header")
    assert what in found.reason
    assert found.good_size == offset


def test_a_gzip_header_whose_own_checksum_is_wrong_is_damage() -> None:
    header = b"\x1f\x8b\x08\x02\0\0\0\0\0\x03\x12\x34"
    assert damaged(mutate.regzip(RAW, header=header), "gzip-header").good_size == 10


def test_damage_inside_a_whole_gzip_stream_tells_the_offset_in_the_core() -> None:
    found = damaged(mutate.regzip(mutate.flip_bit(RAW, 36, 6)), "commands")
    assert "offset 32 of the uncompressed core" in found.reason
