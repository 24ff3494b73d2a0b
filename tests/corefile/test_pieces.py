from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.corefile import CHUNK, Hole, inspect_descriptor, pieces
from pipeline.model import Verdict
from tests.cores import CoreSpec, build_core, mutate


def content(parts: list[bytes | Hole]) -> bytes:
    return b"".join(bytes(part.length) if isinstance(part, Hole) else part for part in parts)


@pytest.fixture
def sparse(tmp_path: Path) -> Path:
    path = tmp_path / "sparse"
    data = os.urandom(3 << 20)
    mutate.write_with_hole(path, data, 1 << 20, 1 << 20)
    return path


def read(path: Path, start: int, stop: int, chunk: int = CHUNK) -> list[bytes | Hole]:
    fd = os.open(path, os.O_RDONLY)
    try:
        return list(pieces(fd, start, stop, chunk))
    finally:
        os.close(fd)


def test_a_plain_file_comes_in_pieces_of_the_size_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "plain"
    path.write_bytes(bytes(range(1, 256)) * 40)
    parts = read(path, 5, 10_000, 4096)
    assert [len(part) for part in parts if isinstance(part, bytes)] == [4096, 4096, 1803]
    assert content(parts) == path.read_bytes()[5:10_000]


def test_a_short_file_ends_early(tmp_path: Path) -> None:
    path = tmp_path / "short"
    path.write_bytes(b"abc")
    assert read(path, 0, 100) == [b"abc"]
    assert read(path, 3, 100) == []
    assert read(path, 50, 100) == []


def test_holes_and_data_make_up_the_file_from_any_start(sparse: Path) -> None:
    data = sparse.read_bytes()
    for start in (0, 1, 1 << 20, (1 << 20) + 5, 2 << 20, len(data) - 1):
        assert content(read(sparse, start, len(data), 70_000)) == data[start:]


def test_a_hole_is_told_where_the_file_system_tells_it(sparse: Path) -> None:
    with sparse.open("rb") as file:
        if os.lseek(file.fileno(), 0, os.SEEK_HOLE) == 3 << 20:
            pytest.skip("this file system does not tell holes")
    parts = read(sparse, 0, 3 << 20)
    assert sum(part.length for part in parts if isinstance(part, Hole)) == 1 << 20


def test_zeros_that_were_written_are_no_hole(tmp_path: Path) -> None:
    path = tmp_path / "zeros"
    path.write_bytes(bytes(2 << 20))
    assert not any(isinstance(part, Hole) for part in read(path, 0, 2 << 20))


def test_without_the_seeks_everything_is_read(
    sparse: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delattr(os, "SEEK_HOLE")
    monkeypatch.delattr(os, "SEEK_DATA")
    parts = read(sparse, 0, 3 << 20)
    assert not any(isinstance(part, Hole) for part in parts)
    assert content(parts) == sparse.read_bytes()


def test_data_that_the_file_system_calls_a_hole_is_read_as_data(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = tmp_path / "fresh"
    path.write_bytes(b"x" * 100_000)
    seek = os.lseek

    def forgetful(fd: int, position: int, whence: int) -> int:
        if whence == os.SEEK_HOLE:
            return position
        return 100_000 if whence == os.SEEK_DATA else seek(fd, position, whence)

    monkeypatch.setattr(os, "lseek", forgetful)
    assert content(read(path, 0, 100_000, 4096)) == path.read_bytes()
    assert not any(isinstance(part, Hole) for part in read(path, 0, 100_000))


def test_the_descriptor_s_own_offset_stays_where_it_was(sparse: Path) -> None:
    with sparse.open("rb", buffering=0) as file:
        file.seek(17)
        list(pieces(file.fileno(), 0, 3 << 20))
        assert file.tell() == 17


def test_a_file_is_inspected_whole_with_progress(tmp_path: Path) -> None:
    data = build_core(CoreSpec(size=6 << 20, gzipped=False))
    path = tmp_path / "core"
    path.write_bytes(data)
    heard: list[tuple[int, int]] = []
    with path.open("rb") as file:
        found = inspect_descriptor(
            file.fileno(),
            progress=lambda done, total: heard.append((done, total)),
        )
    assert found.verdict is Verdict.COMPLETE
    assert heard[-1] == (len(data), len(data))
    assert [done for done, _ in heard] == sorted({done for done, _ in heard})


def test_what_is_no_dump_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "movie"
    path.write_bytes(b"PK\x03\x04" + os.urandom(5 << 20))
    heard: list[int] = []
    with path.open("rb") as file:
        found = inspect_descriptor(file.fileno(), progress=lambda done, _: heard.append(done))
    assert len(heard) == 1
    assert found.file_size == path.stat().st_size
