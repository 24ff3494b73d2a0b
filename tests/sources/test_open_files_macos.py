"""macOS's answer, from a stand-in for libproc that fills the array as the real one does."""

from __future__ import annotations

import ctypes
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.sources.open_files_macos import LibProc, macos_openers
from tests.sources.processes import Other

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root sees every process")


class FakeLibProc:
    """Knows who has which path open."""

    def __init__(self, path: Path, *pids: int) -> None:
        self._path = os.fsencode(path)
        self._pids = pids

    def proc_listpidspath(
        self, kind: int, info: int, path: bytes, flags: int, pids: Any, size: int
    ) -> int:
        if path != self._path:
            return -1
        assert size >= len(self._pids) * ctypes.sizeof(ctypes.c_int)
        pids[: len(self._pids)] = self._pids
        return len(self._pids) * ctypes.sizeof(ctypes.c_int)


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "dump"
    path.write_bytes(b"x")
    return path


@pytest.fixture
def fd(dump: Path) -> Iterator[int]:
    fd = os.open(dump, os.O_RDONLY)
    yield fd
    os.close(fd)


def asked(fd: int, library: LibProc, path: Path, **more: float) -> bool | None:
    return macos_openers(fd, library=lambda: library, path_of=lambda _: os.fsencode(path), **more)


def test_a_process_of_another_group_counts(dump: Path, fd: int) -> None:
    with Other(own_group=True) as other:
        assert asked(fd, FakeLibProc(dump, os.getpid(), other.pid), dump) is True


@as_root
def test_we_and_our_children_do_not_count(dump: Path, fd: int) -> None:
    with Other() as child:
        assert asked(fd, FakeLibProc(dump, os.getpid(), child.pid), dump) is False


@as_root
def test_a_process_that_has_ended_does_not_count(dump: Path, fd: int) -> None:
    with Other(own_group=True) as other:
        other.die()
        assert asked(fd, FakeLibProc(dump, other.pid), dump) is False


@as_root
def test_nobody_has_it_open(dump: Path, fd: int) -> None:
    assert asked(fd, FakeLibProc(dump), dump) is False


def test_a_refused_question_has_no_answer(dump: Path, fd: int) -> None:
    assert asked(fd, FakeLibProc(dump), dump.with_name("gone")) is None


def test_a_file_without_a_path_has_no_answer(dump: Path, fd: int) -> None:
    def no_path(_: int) -> bytes:
        raise FileNotFoundError

    assert macos_openers(fd, library=lambda: FakeLibProc(dump), path_of=no_path) is None


def test_a_system_without_the_library_gives_no_answer(dump: Path, fd: int) -> None:
    def none_there() -> LibProc:
        raise OSError("image not found")

    assert macos_openers(fd, library=none_there, path_of=lambda _: os.fsencode(dump)) is None


def test_a_question_that_hangs_is_given_up_and_not_asked_again(dump: Path, fd: int) -> None:
    release, calls = threading.Event(), []

    class Hanging(FakeLibProc):
        def proc_listpidspath(self, *arguments: Any) -> int:
            calls.append(arguments)
            release.wait(20)
            return 0

    try:
        assert asked(fd, Hanging(dump), dump, limit_seconds=0.01) is None
        assert asked(fd, Hanging(dump), dump, limit_seconds=0.01) is None
        assert len(calls) == 1
    finally:
        release.set()
