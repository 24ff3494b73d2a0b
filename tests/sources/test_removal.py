"""The directory source removes exactly what was sighted, and knows the room it has."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline import Sighting, UnreadableFile
from pipeline.sources.directory import DirectoryWatch
from tests.sources.conftest import Start


def sighted(watch: DirectoryWatch) -> Sighting:
    (file,) = watch.scan().files
    return file


def test_what_was_sighted_is_removed(dumps: Path, start: Start) -> None:
    (dumps / "core").write_bytes(b"x")
    watch = start()
    watch.remove(sighted(watch))
    assert os.listdir(dumps) == []


def test_a_transfer_that_holds_it_keeps_its_bytes(dumps: Path, start: Start) -> None:
    (dumps / "core").write_bytes(b"x")
    watch = start()
    found = sighted(watch)
    transfer = watch.open(found)
    watch.remove(found)
    assert os.pread(transfer.fd, 9, 0) == b"x"
    transfer.close()


@pytest.mark.parametrize("how", ["gone", "link", "fifo", "other", "grown", "touched", "two names"])
def test_anything_else_under_its_name_is_not_touched(dumps: Path, start: Start, how: str) -> None:
    core, precious = dumps / "core", dumps.parent / "precious"
    core.write_bytes(b"x")
    precious.write_bytes(b"x")
    watch = start()
    found = sighted(watch)
    if how in ("gone", "link", "fifo", "other"):
        core.rename(dumps.parent / "away")  # keeps its inode from being given out again
    if how == "link":
        core.symlink_to(precious)
    elif how == "fifo":
        os.mkfifo(core)
    elif how == "other":
        core.write_bytes(b"x")
    elif how == "grown":
        core.write_bytes(b"xy")
    elif how == "touched":
        os.utime(core, ns=(0, 1))
    elif how == "two names":
        os.link(core, dumps / "second")
    before = sorted(os.listdir(dumps))
    with pytest.raises(UnreadableFile):
        watch.remove(found)
    assert sorted(os.listdir(dumps)) == before
    assert precious.read_bytes() == b"x"


def test_nothing_is_removed_from_another_directory_in_its_place(dumps: Path, start: Start) -> None:
    (dumps / "core").write_bytes(b"x")
    watch = start()
    found = sighted(watch)
    dumps.rename(dumps.with_name("old"))
    dumps.mkdir()
    os.rename(dumps.with_name("old") / "core", dumps / "core")
    with pytest.raises(UnreadableFile, match="is another directory by now"):
        watch.remove(found)
    assert (dumps / "core").exists()


def test_its_volume_is_known_as_long_as_it_is_there(dumps: Path, start: Start) -> None:
    watch = start()
    volume = watch.volume()
    assert volume is not None
    assert volume.device == dumps.stat().st_dev
    assert 0 < volume.free <= os.statvfs(dumps).f_blocks * os.statvfs(dumps).f_frsize
    dumps.rmdir()
    assert watch.volume() is None
