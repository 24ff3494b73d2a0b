"""Transfers, with real writers in other processes."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.sources.directory import DirectoryWatch
from pipeline.sources.transfer import ASK_AGAIN_SECONDS, DirectoryTransfer
from tests.sources.conftest import Clock, Start, Wakes
from tests.sources.processes import PIECE, Other

CLOSED = "closed by its writer"
SETTLED = "unchanged for 75 s"


def follow(watch: DirectoryWatch, name: str = "core") -> DirectoryTransfer:
    raw = os.fsencode(name)
    return watch.open(next(file for file in watch.scan().files if file.raw_name == raw))


@pytest.fixture(params=["linux", "darwin"])
def platform(request: pytest.FixtureRequest) -> str:
    """Which system's events count as a close; who writes is always asked of this machine."""
    return str(request.param)


def test_a_transfer_is_followed_and_ends_with_its_close(
    dumps: Path, start: Start, wakes: Wakes, platform: str
) -> None:
    watch = start(platform=platform)
    with Other() as writer:
        writer.create(dumps / "core")
        wakes.until(lambda: bool(watch.scan().files))
        transfer = follow(watch)
        for pieces in range(1, 4):
            writer.write()
            assert transfer.look().size == pieces * PIECE
            assert transfer.finished() is None
        assert os.pread(transfer.fd, PIECE, PIECE) == b"x" * PIECE
        writer.close()
        wakes.until(lambda: transfer.finished() == CLOSED)
    transfer.close()


def test_a_file_that_was_closed_before_it_is_followed_is_finished_at_once(
    dumps: Path, start: Start, wakes: Wakes
) -> None:
    watch = start()
    (dumps / "core").write_bytes(b"x")
    transfer = None

    def finished() -> bool:
        nonlocal transfer
        transfer = transfer or (follow(watch) if watch.scan().files else None)
        return transfer is not None and transfer.finished() == CLOSED

    wakes.until(finished)


def test_a_file_that_lay_there_before_us_waits_for_the_settle_time(
    dumps: Path, start: Start, clock: Clock
) -> None:
    (dumps / "core").write_bytes(b"x")
    transfer = follow(start())
    clock.now += 74.9
    assert transfer.finished() is None
    clock.now += 0.1
    assert transfer.finished() == SETTLED


def test_a_pause_shorter_than_the_settle_time_is_waited_out(
    dumps: Path, start: Start, clock: Clock
) -> None:
    watch = start()
    with Other() as writer:
        writer.create(dumps / "core")
        transfer = follow(watch)
        writer.write()
        assert transfer.finished() is None
        clock.now += 60
        assert transfer.finished() is None
        writer.write()
        clock.now += 30
        assert transfer.finished() is None
        clock.now += 60
        assert transfer.finished() is None
        clock.now += 15
        assert transfer.finished() == SETTLED


def test_a_writer_that_dies_ends_its_transfer(dumps: Path, start: Start, wakes: Wakes) -> None:
    watch = start()
    with Other() as writer:
        writer.create(dumps / "core")
        writer.write(3)
        transfer = follow(watch)
        assert transfer.finished() is None
        writer.die()
        wakes.until(lambda: transfer.finished() == CLOSED)


def test_a_close_does_not_end_it_while_another_process_still_writes(
    dumps: Path, start: Start, wakes: Wakes, clock: Clock
) -> None:
    watch = start()
    with Other() as one, Other() as two:
        one.create(dumps / "core")
        two.append(dumps / "core")
        transfer = follow(watch)
        before = wakes.count
        one.close()
        wakes.until_more_than(before)
        assert transfer.finished() is None
        two.write()
        assert transfer.finished() is None
        two.close()
        wakes.until(lambda: transfer.finished() == CLOSED)


def test_where_writers_cannot_be_known_a_close_proves_nothing(
    dumps: Path, start: Start, wakes: Wakes, clock: Clock
) -> None:
    watch = start(writers=lambda fd: None)
    with Other() as writer:
        writer.create(dumps / "core")
        wakes.until_more_than(0)
        transfer = follow(watch)
        before = wakes.count
        writer.close()
        wakes.until_more_than(before)
        assert transfer.finished() is None
        clock.now += 75
        assert transfer.finished() == SETTLED


def test_writers_are_asked_for_only_now_and_then(
    dumps: Path, start: Start, wakes: Wakes, clock: Clock
) -> None:
    asked: list[int] = []

    def writers(fd: int) -> bool:
        asked.append(fd)
        return True

    watch = start(writers=writers)
    (dumps / "core").write_bytes(b"x")
    wakes.until(lambda: bool(watch.scan().files))
    transfer = follow(watch)
    wakes.until(lambda: transfer.finished() is None and bool(asked))
    for _ in range(5):
        assert transfer.finished() is None
    assert len(asked) == 1
    clock.now += ASK_AGAIN_SECONDS
    transfer.finished()
    assert len(asked) == 2


def test_a_file_that_grows_after_its_close_is_not_finished(
    dumps: Path, start: Start, wakes: Wakes, clock: Clock
) -> None:
    watch = start()
    with Other() as writer:
        writer.create(dumps / "core")
        transfer = follow(watch)
        writer.close()
        wakes.until(lambda: transfer.finished() == CLOSED)
        writer.append(dumps / "core")
        writer.write()
        assert transfer.finished() is None
        writer.close()
        wakes.until(lambda: transfer.finished() == CLOSED)


def test_two_transfers_at_once_end_each_by_itself(dumps: Path, start: Start, wakes: Wakes) -> None:
    watch = start()
    with Other() as one, Other() as two:
        one.create(dumps / "one")
        two.create(dumps / "two")
        first, second = follow(watch, "one"), follow(watch, "two")
        one.write(2)
        two.write(5)
        assert (first.look().size, second.look().size) == (2 * PIECE, 5 * PIECE)
        one.close()
        wakes.until(lambda: first.finished() == CLOSED)
        assert second.finished() is None
        two.close()
        wakes.until(lambda: second.finished() == CLOSED)


def test_a_rename_does_not_disturb_a_transfer(dumps: Path, start: Start, wakes: Wakes) -> None:
    watch = start()
    with Other() as writer:
        writer.create(dumps / "core")
        transfer = follow(watch)
        writer.write()
        (dumps / "core").rename(dumps / "renamed")
        writer.write()
        assert transfer.look().size == 2 * PIECE
        assert transfer.linked
        writer.close()
        wakes.until(lambda: transfer.finished() == CLOSED)


def test_a_close_of_the_file_that_took_the_name_does_not_end_the_first_transfer(
    dumps: Path, start: Start, wakes: Wakes
) -> None:
    watch = start()
    with Other() as one, Other() as two:
        one.create(dumps / "core")
        first = follow(watch)
        (dumps / "core").rename(dumps / "renamed")
        two.create(dumps / "core")
        second = follow(watch)
        two.close()
        wakes.until(lambda: second.finished() == CLOSED)
        assert first.finished() is None


def test_a_deleted_file_stays_readable_and_says_that_it_has_no_name(
    dumps: Path, start: Start, clock: Clock
) -> None:
    watch = start()
    with Other() as writer:
        writer.create(dumps / "core")
        transfer = follow(watch)
        writer.write()
        assert transfer.linked
        (dumps / "core").unlink()
        writer.write()
        assert watch.scan().files == []
        assert not transfer.linked
        assert transfer.look().size == 2 * PIECE
        assert len(os.pread(transfer.fd, 4096, 0)) == 2 * PIECE
        assert transfer.finished() is None
        clock.now += 75
        assert transfer.finished() == SETTLED


def test_the_evidence_has_the_silence_up_to_the_close(
    dumps: Path, start: Start, wakes: Wakes, clock: Clock
) -> None:
    watch = start()
    with Other() as writer:
        writer.create(dumps / "core")
        writer.write()
        transfer = follow(watch)
        clock.now += 50
        assert transfer.evidence().silence_seconds == 50
        writer.close()
        wakes.until(lambda: transfer.finished() == CLOSED)
        clock.now += 20
        assert transfer.evidence().silence_seconds == 50


def test_the_evidence_has_the_free_space_of_the_dumps_volume(dumps: Path, start: Start) -> None:
    (dumps / "core").write_bytes(b"x")
    transfer = follow(start())
    first = transfer.evidence().least_free_bytes
    volume = os.statvfs(dumps)
    assert first is not None
    assert 0 < first <= volume.f_blocks * volume.f_frsize
    transfer.look()
    least = transfer.evidence().least_free_bytes
    assert least is not None
    assert least <= first


def test_a_transfer_can_be_closed_twice(dumps: Path, start: Start) -> None:
    (dumps / "core").write_bytes(b"x")
    transfer = follow(start())
    fd = transfer.fd
    transfer.close()
    transfer.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(fd)
