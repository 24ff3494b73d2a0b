"""The answer depends on the bytes alone, never on how they were cut into pieces."""

from __future__ import annotations

import gzip
import itertools
import random
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.corefile import Hole
from tests.corefile.inspecting import inspect, inspect_pieces, small_core
from tests.cores import mutate

RAW = small_core()
PACKED = small_core(gzipped=True)
LOG = b"hello\n" + b"panic(cpu 1 caller 0x12): oh dear\nOS version: 21A559\n" + b"x" * 3000
FILES = {
    "raw": RAW,
    "gzip": PACKED,
    "arm64 gzip": small_core(arch="arm64", xnu="11417.101.15", gzipped=True),
    "ppc": small_core(arch="ppc", xnu="1228.15.4"),
    "gzip header with everything": mutate.regzip(
        RAW,
        header=b"\x1f\x8b\x08\x1c\0\0\0\0\0\x03\x05\0extraname\0comment\0",
    ),
    "gzip in stored blocks": mutate.regzip(RAW, level=0),
    "cut gzip": PACKED[:-100],
    "cut trailer": PACKED[:-3],
    "cut raw": RAW[:50_000],
    "broken stream": mutate.flip_bit(PACKED, len(PACKED) // 2, 3),
    "broken late": mutate.flip_bit(PACKED, len(PACKED) - 40, 3),
    "wrong checksum": mutate.flip_bit(PACKED, len(PACKED) - 6),
    "trailing byte": mutate.append(PACKED),
    "second member": mutate.second_member(PACKED),
    "raw and more": mutate.append(RAW, b"12345"),
    "gzip of core and more": mutate.regzip(RAW + bytes(100_000)),
    "broken commands": mutate.flip_bit(RAW, 37, 6),
    "log": LOG,
    "gzip log": gzip.compress(LOG, mtime=0),
    "zip": b"PK\x03\x04" + bytes(1000),
    "zeros": bytes(3000),
    "gzip of zeros": gzip.compress(bytes(3000), mtime=0),
    "one byte": b"\x1f",
    "empty": b"",
}


def cut_at(data: bytes, cuts: list[int]) -> Iterator[bytes]:
    start = 0
    for stop in [*sorted(cuts), len(data)]:
        yield data[start:stop]
        start = stop


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("size", [1, 7, 1406, 4096])
def test_pieces_of_any_one_size_give_the_same_answer(kind: str, size: int) -> None:
    data = FILES[kind][:40_000] if size == 1 else FILES[kind]
    pieces = (data[at : at + size] for at in range(0, len(data), size))
    assert inspect_pieces(pieces) == inspect(data)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_pieces_cut_anywhere_give_the_same_answer(draw: st.DataObject) -> None:
    data = FILES[draw.draw(st.sampled_from(sorted(FILES)))]
    near = st.integers(0, min(len(data), 400)) | st.integers(max(len(data) - 40, 0), len(data))
    cuts = draw.draw(st.lists(near | st.integers(0, len(data)), max_size=30))
    assert inspect_pieces(cut_at(data, cuts)) == inspect(data)


@given(st.data())
@settings(max_examples=60, deadline=None)
def test_holes_cut_anywhere_give_the_same_answer(draw: st.DataObject) -> None:
    data = draw.draw(st.sampled_from([RAW, PACKED, LOG]))
    start = draw.draw(st.integers(0, len(data)) | st.integers(0, 600))
    length = draw.draw(st.integers(1, 70_000))
    cuts = draw.draw(st.lists(st.integers(1, length), max_size=5))
    edges = [0, *sorted({*cuts, length})]
    holes = [Hole(stop - begin) for begin, stop in itertools.pairwise(edges)]
    rest = data[start + length :]
    whole = inspect_pieces([data[:start], Hole(length), rest])
    assert inspect_pieces([data[:start], *holes, rest[:9], rest[9:]]) == whole


def test_random_damage_in_random_pieces_gives_the_same_answer() -> None:
    chance = random.Random(4)
    for _ in range(60):
        base = chance.choice([RAW, PACKED])
        data = mutate.flip_bit(base, chance.randrange(len(base)), chance.randrange(8))
        data = data[: chance.choice([len(data), chance.randrange(len(data))])]
        cuts = [chance.randrange(len(data) + 1) for _ in range(8)]
        assert inspect_pieces(cut_at(data, cuts)) == inspect(data)
