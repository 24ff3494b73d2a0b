"""Inflating what is cut or damaged, up to the last good byte."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.deflate import BLOCK
from pipeline.stages.inflate import GZIP, RAW_DEFLATE, inflated
from tests.stages.dumps import GZIP_HEADER, core_bytes, deflated, gzipped

CONTENT = core_bytes(600_000)
STREAM = deflated(CONTENT)
FIELDS = bytes.fromhex("1f8b081f000000000403")
HEADERS = {
    "plain": GZIP_HEADER,
    "extra": bytes.fromhex("1f8b0804000000000403") + b"\x05\x00abcde",
    "name": bytes.fromhex("1f8b0808000000000403") + b"name\x00",
    "comment": bytes.fromhex("1f8b0810000000000403") + b"a comment\x00",
    "long name": bytes.fromhex("1f8b0808000000000403") + b"n" * 300_000 + b"\x00",
}
ALL_FIELDS = FIELDS[:3] + b"\x1e" + FIELDS[4:] + b"\x03\x00abc" + b"name\x00" + b"comment\x00"
HEADERS["all, and its checksum"] = ALL_FIELDS + (zlib.crc32(ALL_FIELDS) & 0xFFFF).to_bytes(
    2, "little"
)


def _inflate(data: bytes, limit: int, wbits: int, chunk: int = 50_000) -> bytes:
    pieces = list(
        inflated((data[at : at + chunk] for at in range(0, len(data), chunk)), limit, wbits)
    )
    assert all(0 < len(piece) <= BLOCK for piece in pieces)
    return b"".join(pieces)


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS.keys())
def test_any_gzip_header_is_skipped(header: bytes) -> None:
    """Optional fields of any length, and the header's own checksum, are no hindrance."""
    data = gzipped(CONTENT, header)
    assert _inflate(data, len(CONTENT), GZIP) == CONTENT
    assert _inflate(data[: len(header) - 1], len(CONTENT), GZIP) == b""


@given(cut=st.integers(0, len(STREAM)), chunk=st.integers(1_000, 400_000))
def test_a_cut_stream_gives_all_that_came(cut: int, chunk: int) -> None:
    there = zlib.decompressobj(-15).decompress(STREAM[:cut])
    assert _inflate(STREAM[:cut], len(CONTENT), RAW_DEFLATE, chunk) == there


@given(limit=st.integers(0, len(CONTENT)))
def test_it_stops_at_the_limit(limit: int) -> None:
    assert _inflate(STREAM, limit, RAW_DEFLATE) == CONTENT[:limit]


@given(
    size=st.integers(1, len(CONTENT)),
    tail=st.sampled_from([b"\xff\xff", b"\x06", b"\x01\x00\x00\x00\x00"]),
    chunk=st.integers(1_000, 400_000),
)
def test_everything_before_a_fault_is_rescued(size: int, tail: bytes, chunk: int) -> None:
    """A fault right behind a good block costs none of the block's bytes."""
    packer = zlib.compressobj(1, zlib.DEFLATED, -12, 3)
    good = packer.compress(CONTENT[:size]) + packer.flush(zlib.Z_SYNC_FLUSH)
    assert _inflate(good + tail + b"x" * 100, len(CONTENT), RAW_DEFLATE, chunk) == CONTENT[:size]


@given(at=st.integers(0, len(STREAM) - 1), flip=st.integers(1, 255))
def test_a_flipped_byte_never_raises_and_never_loses_what_came_before(at: int, flip: int) -> None:
    """At most the one byte is lost that zlib puts out in the same breath as it finds the fault."""
    data = bytearray(STREAM)
    data[at] ^= flip
    before = zlib.decompressobj(-15).decompress(STREAM[:at])[:-1]
    assert _inflate(bytes(data), len(CONTENT), RAW_DEFLATE).startswith(before)


def test_what_follows_the_end_of_the_stream_is_not_looked_at() -> None:
    assert _inflate(gzipped(CONTENT) + b"more" * 1000, 2 * len(CONTENT), GZIP) == CONTENT


def test_a_bomb_is_handed_out_in_small_pieces() -> None:
    """A few kilobytes that inflate to many megabytes never come as one piece."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = bomb.compress(bytes(40 << 20)) + bomb.flush()
    sizes = [len(piece) for piece in inflated([data], 1 << 40, RAW_DEFLATE)]
    assert sum(sizes) == 40 << 20
    assert max(sizes) <= BLOCK
