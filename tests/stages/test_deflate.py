"""Deflating on all cores: one ordinary stream, whatever the blocks."""

import random
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.stages.deflate import BLOCK, ParallelDeflate, largest_deflated
from tests.stages.dumps import core_bytes

CONTENT = core_bytes(3 * BLOCK + 70_000)


def _blocks(content: bytes, size: int = BLOCK) -> Iterator[memoryview]:
    view = memoryview(content)
    return (view[at : at + size] for at in range(0, len(content), size))


def _inflated(stream: bytes) -> bytes:
    inflater = zlib.decompressobj(-15)
    content = inflater.decompress(stream)
    assert inflater.eof
    assert not inflater.unused_data
    return content


@pytest.mark.parametrize("threads", [1, 2, 5])
@pytest.mark.parametrize(
    "size", [0, 1, BLOCK - 1, BLOCK, BLOCK + 1, 2 * BLOCK, 2 * BLOCK + 32_768, len(CONTENT)]
)
def test_it_inflates_to_the_input_around_block_borders(size: int, threads: int) -> None:
    content = CONTENT[:size]
    deflate = ParallelDeflate(_blocks(content), 6, threads=threads)
    assert _inflated(b"".join(deflate)) == content
    assert (deflate.crc32, deflate.size) == (zlib.crc32(content), size)


@given(
    blocks=st.lists(st.binary(max_size=200) | st.integers(1, 70_000).map(bytes), max_size=8),
    level=st.integers(1, 9),
)
def test_blocks_of_any_size_and_content_make_one_stream(blocks: list[bytes], level: int) -> None:
    assert _inflated(b"".join(ParallelDeflate(blocks, level, threads=2))) == b"".join(blocks)


def test_zero_blocks_between_others_come_out_in_place() -> None:
    content = CONTENT[:BLOCK] + bytes(2 * BLOCK) + CONTENT[:BLOCK] + bytes(BLOCK + 5)
    assert _inflated(b"".join(ParallelDeflate(_blocks(content), 6))) == content


def test_blocks_learn_from_the_block_before() -> None:
    """What repeats across a border is found again: cutting into blocks costs next to nothing."""
    page = core_bytes(30_000, seed=5)
    blocks = [page] * 20
    together = len(b"".join(ParallelDeflate(blocks, 6)))
    assert together < 2 * len(zlib.compress(page, 6))


def test_no_more_blocks_are_taken_than_there_are_threads_to_serve() -> None:
    """The input is drawn as the output is taken, so that memory stays flat."""
    drawn = 0

    def counted() -> Iterator[bytes]:
        nonlocal drawn
        for _ in range(100):
            drawn += 1
            yield b"x" * 1000

    stream = iter(ParallelDeflate(counted(), 6, threads=3))
    next(stream)
    assert drawn <= 3 + 2


def test_a_fault_in_the_input_comes_through() -> None:
    def faulty() -> Iterator[bytes]:
        yield b"x" * BLOCK
        raise OSError("the disk went away")

    with pytest.raises(OSError, match="went away"):
        list(ParallelDeflate(faulty(), 6))


@given(size=st.integers(0, 3 * BLOCK), level=st.integers(1, 9))
def test_the_bound_holds_for_noise(size: int, level: int) -> None:
    noise = random.Random(size).randbytes(size)
    stream = b"".join(ParallelDeflate(_blocks(noise), level))
    assert len(stream) <= largest_deflated(size)
