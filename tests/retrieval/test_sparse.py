"""Whatever is written in whatever pieces is in the file, and zeros take no room."""

from __future__ import annotations

import hashlib
import tempfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.retrieval.faults import Mismatch
from pipeline.retrieval.sparse import SparseWriter

_runs = st.lists(
    st.tuples(st.sampled_from([b"\0", b"x", b"\xff\0"]), st.integers(0, 200_000)), max_size=12
)


@settings(max_examples=60, deadline=None)
@given(_runs, st.integers(1, 300_000))
def test_the_file_is_what_was_written(runs: list[tuple[bytes, int]], piece: int) -> None:
    data = b"".join(unit * (length // len(unit)) for unit, length in runs)
    with tempfile.TemporaryFile() as file:
        writer = SparseWriter(file.fileno(), len(data))
        for start in range(0, len(data), piece):
            writer.write(data[start : start + piece])
        assert writer.finish() == hashlib.sha256(data).hexdigest()
        assert writer.size == len(data)
        assert file.read() == data


def test_one_byte_too_many_is_refused() -> None:
    with tempfile.TemporaryFile() as file:
        writer = SparseWriter(file.fileno(), 10)
        writer.write(b"x" * 10)
        with pytest.raises(Mismatch):
            writer.write(b"x")
