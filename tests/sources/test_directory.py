from __future__ import annotations

import contextlib
import logging
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.observers.api import BaseObserver

from pipeline import Scan, UnreadableFile
from pipeline.sources.directory import DirectorySource
from tests.sources.conftest import Start, Wakes

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


def names(scan: Scan) -> set[bytes]:
    return {file.raw_name for file in scan.files}


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, logger="panicpipe.source")
    return caplog


def test_files_there_at_start_are_found(dumps: Path, start: Start) -> None:
    (dumps / "core").write_bytes(b"xyz")
    (dumps / ".DS_Store").write_bytes(b"")
    scan = start().scan()
    status = (dumps / "core").stat()
    core = next(file for file in scan.files if file.raw_name == b"core")
    assert names(scan) == {b"core", b".DS_Store"}
    assert core.identity.inode == status.st_ino
    assert core.identity.size == 3
    assert core.identity.mtime_ns == status.st_mtime_ns


def test_an_empty_directory_is_present_and_has_no_files(start: Start) -> None:
    assert start().scan() == Scan(present=True, files=[], passed_over={})


def test_the_source_starts_a_watch_on_its_path(dumps: Path, wakes: Wakes) -> None:
    watch = DirectorySource(path=dumps, settle_seconds=1).start(wakes)
    (dumps / "core").write_bytes(b"x")
    wakes.until(lambda: names(watch.scan()) == {b"core"})
    assert watch.place == str(dumps)
    watch.stop()


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_an_impossible_settle_time_is_refused(seconds: float) -> None:
    with pytest.raises(ValueError, match="settle_seconds must be a number of seconds over 0"):
        DirectorySource(settle_seconds=seconds)


@pytest.mark.parametrize("path", ["PanicDumps", "~/PanicDumps", "./x"])
def test_a_relative_path_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="path must be absolute"):
        DirectorySource(path=Path(path))


def test_a_missing_directory_is_said_once_and_taken_when_it_appears(
    dumps: Path, start: Start, wakes: Wakes, log: pytest.LogCaptureFixture
) -> None:
    dumps.rmdir()
    watch = start()
    assert watch.scan() == Scan(present=False)
    assert watch.scan() == Scan(present=False)
    assert log.messages == [f"{dumps} does not exist; waiting for it"]
    dumps.mkdir()
    assert watch.scan().present
    (dumps / "core").write_bytes(b"x")
    wakes.until(lambda: names(watch.scan()) == {b"core"})
    assert log.messages[1:] == [f"{dumps} is there now"]


def test_a_directory_that_is_deleted_wakes_and_counts_as_missing(
    dumps: Path, start: Start, wakes: Wakes
) -> None:
    (dumps / "core").write_bytes(b"x")
    watch = start()
    shutil.rmtree(dumps)
    wakes.until(lambda: not watch.scan().present)


def test_a_directory_recreated_while_running_is_watched_again(
    dumps: Path, start: Start, wakes: Wakes
) -> None:
    watch = start()
    for _ in range(3):
        before = wakes.count
        dumps.rmdir()
        dumps.mkdir()
        wakes.until_more_than(before)
        watch.scan()
        (dumps / "core").write_bytes(b"x")
        wakes.until(lambda: names(watch.scan()) == {b"core"})
        (dumps / "core").unlink()


def test_a_directory_replaced_by_another_is_watched_instead(
    dumps: Path, start: Start, wakes: Wakes, tmp_path: Path
) -> None:
    (dumps / "old").write_bytes(b"x")
    watch = start()
    dumps.rename(tmp_path / "away")
    dumps.mkdir()
    (dumps / "new").write_bytes(b"x")
    assert names(watch.scan()) == {b"new"}
    before = wakes.count
    (dumps / "newer").write_bytes(b"x")
    wakes.until_more_than(before)
    assert names(watch.scan()) == {b"new", b"newer"}


def test_a_file_seen_in_a_directory_that_was_replaced_is_not_opened_in_the_new_one(
    dumps: Path, start: Start, tmp_path: Path
) -> None:
    (dumps / "core").write_bytes(b"x")
    watch = start()
    seen = watch.scan().files[0]
    dumps.rename(tmp_path / "away")
    dumps.mkdir()
    (tmp_path / "away" / "core").rename(dumps / "core")  # even with the same inode
    with pytest.raises(UnreadableFile, match="is another directory by now"):
        watch.open(seen)


def test_opening_in_a_directory_that_is_gone_is_an_unreadable_file(
    dumps: Path, start: Start
) -> None:
    (dumps / "core").write_bytes(b"x")
    watch = start()
    seen = watch.scan().files[0]
    shutil.rmtree(dumps)
    with pytest.raises(UnreadableFile, match="does not exist"):
        watch.open(seen)


def test_a_path_through_symbolic_links_is_watched(
    dumps: Path, start: Start, wakes: Wakes, tmp_path: Path
) -> None:
    (tmp_path / "var").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "var" / "PanicDumps")
    for path in (tmp_path / "var" / "PanicDumps", tmp_path / "link"):
        watch = start(path)
        before = wakes.count
        (dumps / path.name).write_bytes(b"x")
        wakes.until_more_than(before)
        assert os.fsencode(path.name) in names(watch.scan())
        watch.stop()


@as_root
def test_a_link_that_somebody_else_made_is_refused(
    dumps: Path, start: Start, tmp_path: Path, log: pytest.LogCaptureFixture
) -> None:
    link = tmp_path / "link"
    link.symlink_to(dumps)
    os.lchown(link, 65534, 65534)
    assert start(link).scan() == Scan(present=False)
    assert "is a symbolic link that user 65534 made" in log.messages[0]
    os.lchown(link, 0, 0)
    assert start(link).scan().present


@as_root
def test_a_directory_that_belongs_to_somebody_else_is_used_with_one_warning(
    dumps: Path, start: Start, log: pytest.LogCaptureFixture
) -> None:
    os.chown(dumps, 65534, 65534)
    watch = start()
    assert watch.scan().present
    dumps.rename(dumps.with_name("away"))
    watch.scan()
    dumps.with_name("away").rename(dumps)
    assert watch.scan().present
    warnings = [message for message in log.messages if "belongs to" in message]
    assert warnings == [
        f"{dumps} belongs to user 65534, who can delete any dump there; give it to root"
    ]


def test_a_file_in_the_directorys_place_counts_as_missing(
    dumps: Path, start: Start, log: pytest.LogCaptureFixture
) -> None:
    dumps.rmdir()
    dumps.write_bytes(b"")
    assert not start().scan().present
    dumps.unlink()
    os.mkfifo(dumps)
    assert not start().scan().present
    assert log.messages == [f"{dumps} is not a directory; put one in its place"] * 2


def test_without_events_scans_go_on_and_the_reason_is_logged_once(
    dumps: Path, start: Start, log: pytest.LogCaptureFixture
) -> None:
    def limit_reached() -> BaseObserver:
        raise OSError("inotify instance limit reached")

    watch = start(observer=limit_reached)
    (dumps / "core").write_bytes(b"x")
    assert names(watch.scan()) == {b"core"}
    assert names(watch.scan()) == {b"core"}
    assert log.messages == [
        f"{dumps} cannot be watched for changes (inotify instance limit reached); it is only "
        "looked at from time to time"
    ]


def test_an_observer_that_cannot_start_leaves_no_thread_behind(dumps: Path, start: Start) -> None:
    from pipeline.sources.watching import NATIVE

    def fails_late() -> BaseObserver:
        observer = NATIVE()

        def start() -> None:
            raise RuntimeError("can't start new thread")

        observer.start = start  # type: ignore[method-assign]
        return observer

    before = set(threading.enumerate())
    watch = start(observer=fails_late)
    assert watch.scan().present
    for thread in set(threading.enumerate()) - before:
        thread.join(5)
    assert set(threading.enumerate()) <= before


@pytest.fixture
def volume(dumps: Path) -> Iterator[Path]:
    mounted = subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(dumps)], capture_output=True)
    if mounted.returncode != 0:
        pytest.skip("this machine mounts nothing")
    yield dumps
    with contextlib.suppress(subprocess.CalledProcessError):
        subprocess.run(["umount", str(dumps)], check=True, capture_output=True)


@as_root
def test_a_volume_can_be_unmounted_while_it_is_watched_and_is_waited_for(
    volume: Path, start: Start, wakes: Wakes, log: pytest.LogCaptureFixture
) -> None:
    (volume / "core").write_bytes(b"x")
    watch = start()
    assert names(watch.scan()) == {b"core"}
    subprocess.run(["umount", str(volume)], check=True)
    (volume / "underneath").write_bytes(b"x")
    assert watch.scan() == Scan(present=False)
    assert "its volume is not mounted" in log.messages[-1]
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", str(volume)], check=True)
    assert names(watch.scan()) == set()
    (volume / "core").write_bytes(b"x")
    wakes.until(lambda: names(watch.scan()) == {b"core"})
