"""Linux's answer, from real processes."""

from __future__ import annotations

import mmap
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.sources.open_files import linux_writers, writers
from tests.sources.processes import Other, as_nobody, let_everybody_in

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="asks Linux")
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")

ASK = """
import os, sys
from pipeline.sources.open_files import linux_writers
print(linux_writers(os.open(sys.argv[1], os.O_RDONLY)))
"""


@pytest.fixture
def dump(tmp_path: Path) -> Path:
    path = tmp_path / "core-xnu-1-10.0.0.1-1.gz"
    path.write_bytes(b"x" * 4096)
    return path


@pytest.fixture
def fd(dump: Path) -> Iterator[int]:
    fd = os.open(dump, os.O_RDONLY)
    yield fd
    os.close(fd)


def test_a_writer_is_found_until_it_closes(dump: Path, fd: int) -> None:
    with Other() as other:
        other.append(dump)
        assert linux_writers(fd) is True
        other.close()
        assert linux_writers(fd) is False


def test_a_writer_that_was_killed_has_nothing_open(dump: Path, fd: int) -> None:
    with Other() as other:
        other.append(dump)
        other.die()
        assert linux_writers(fd) is False


def test_the_last_of_two_writers_counts_too(dump: Path, fd: int) -> None:
    with Other() as one, Other() as two:
        one.append(dump)
        two.append(dump)
        one.close()
        assert linux_writers(fd) is True


def test_readers_do_not_count(dump: Path, fd: int) -> None:
    with Other() as other:
        other.read(dump)
        assert linux_writers(fd) is False


def test_a_mapping_counts_after_its_file_was_closed(dump: Path, fd: int) -> None:
    with dump.open("r+b") as file:
        mapping = mmap.mmap(file.fileno(), 0)
    assert linux_writers(fd) is True
    mapping.close()
    assert linux_writers(fd) is False


def test_a_writer_is_found_after_the_file_was_renamed(dump: Path, fd: int) -> None:
    with Other() as other:
        other.append(dump)
        dump.rename(dump.with_name("renamed"))
        assert linux_writers(fd) is True


def test_a_writer_is_found_after_the_file_was_deleted(dump: Path, fd: int) -> None:
    with Other() as other:
        other.append(dump)
        dump.unlink()
        assert linux_writers(fd) is True


def test_asking_keeps_nobody_from_writing(dump: Path, fd: int) -> None:
    with Other() as other:
        assert linux_writers(fd) is False
        other.append(dump)
        other.write()
        assert linux_writers(fd) is True


@as_root
def test_the_owner_of_the_file_is_told_without_root(dump: Path) -> None:
    dump.chmod(0o644)
    let_everybody_in(dump)
    os.chown(dump, 65534, 65534)
    assert as_nobody(ASK, str(dump)) == "False\n"


@as_root
def test_another_user_gets_no_answer(dump: Path) -> None:
    dump.chmod(0o644)
    let_everybody_in(dump)
    assert as_nobody(ASK, str(dump)) == "None\n"


def test_an_unknown_system_gives_no_answer(fd: int) -> None:
    assert writers(fd, platform="plan9") is None
