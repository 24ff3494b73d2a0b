"""Reading a dump once, in parts, with proof that it is the file that was judged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import TryAgain
from pipeline.stages.dump_reader import DumpReader
from tests.stages.dumps import core_bytes, raw_dump
from tests.stages.workspace import DirectoryWorkspace

CONTENT = core_bytes(10_000)


@given(
    start=st.integers(0, len(CONTENT)),
    size=st.integers(0, len(CONTENT)),
    chunk=st.integers(1, 12_000),
)
def test_a_span_is_exactly_the_bytes_asked_for(
    tmp_path_factory: pytest.TempPathFactory, start: int, size: int, chunk: int
) -> None:
    size = min(size, len(CONTENT) - start)
    path = tmp_path_factory.getbasetemp() / "span"
    dump = raw_dump(path, CONTENT)
    with DirectoryWorkspace(dump, path, path.parent / "out") as work:
        reader = DumpReader(dump, work)
        pieces = list(reader.span(start, size, chunk))
        reader.confirm()
    assert b"".join(pieces) == CONTENT[start : start + size]
    assert all(0 < len(piece) <= chunk for piece in pieces)
    assert work.progress_seen[-1] == (len(CONTENT), len(CONTENT))


def test_the_shared_offset_of_the_descriptor_stays_where_it_was(tmp_path: Path) -> None:
    """The daemon reads the same open file."""
    path = tmp_path / "dump"
    dump = raw_dump(path, CONTENT)
    with DirectoryWorkspace(dump, path, tmp_path / "out") as work:
        DumpReader(dump, work).confirm()
        assert work.dump_file.tell() == 0
        assert work.dump_file.read() == CONTENT


def test_it_stops_between_two_chunks_when_nobody_waits(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    dump = raw_dump(path, CONTENT)
    with DirectoryWorkspace(dump, path, tmp_path / "out", cancel_after=3) as work:
        with pytest.raises(TryAgain, match="stopped"):
            list(DumpReader(dump, work).span(0, len(CONTENT), 1000))
        assert work.progress_seen == [(1000, 10_000), (2000, 10_000), (3000, 10_000)]
