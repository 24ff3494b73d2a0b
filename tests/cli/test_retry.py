from __future__ import annotations

import select
from pathlib import Path

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.journal import Journal
from pipeline.journal.rows import State
from tests.cli.command import panicpipe
from tests.cli.cores import gzip_core
from tests.cli.journals import COMPLETE, name, written
from tests.daemon.harness import Place

PARKED, WAITING, IN_FLIGHT = 6, 7, 8


def _requests(place: Path) -> list[int]:
    journal = Journal.read(place / "state")
    try:
        return [number for _, _, number in journal.requests.all()]
    finally:
        journal.close()


def _retry(place: Path, number: int) -> tuple[int, str, str]:
    done = panicpipe(place, "--config", "panicpipe.toml", "retry", str(number))
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("number", [PARKED, WAITING, IN_FLIGHT])
def test_without_a_daemon_it_is_noted_for_the_next_one(full: Path, number: int) -> None:
    told = f"Noted. No daemon is running: dump {number} goes on when it starts.\n"
    assert _retry(full, number) == (0, told, "")
    assert _requests(full) == [number]


def test_what_was_noted_shows_in_the_status(full: Path) -> None:
    _retry(full, PARKED)
    status = panicpipe(full, "--config", "panicpipe.toml", "status").stdout
    assert "to be tried again: goes on when the daemon runs" in status


def test_a_running_daemon_is_woken(full: Path) -> None:
    with StateDirectory.acquire(full / "state") as state:
        told = f"Dump {PARKED} is taken up again now; see `panicpipe show {PARKED}`.\n"
        assert _retry(full, PARKED) == (0, told, "")
        assert select.select([state.wake_fd], [], [], 0)[0]
    assert _requests(full) == [PARKED]


def test_a_dump_that_is_being_worked_on_needs_no_retry(full: Path) -> None:
    with StateDirectory.acquire(full / "state"):
        code, told, _ = _retry(full, IN_FLIGHT)
    assert (code, told[:40]) == (0, "Dump 8 is being worked on already: arriv")
    assert _requests(full) == []


@pytest.mark.parametrize(
    ("number", "fault"),
    [
        (1, "dump 1 is done: there is nothing to retry; to process its file again, use "),
        (2, "dump 2 cannot be retried: the file has changed since: see dump 3"),
        (11, "dump 11 is gone: its file was removed before it was processed"),
        (12, "dump 12 was left alone, because it is no dump: there is nothing to retry"),
        (99, "there is no dump 99; see `panicpipe status --all`"),
    ],
)
def test_what_cannot_be_retried_is_refused_with_the_reason(
    full: Path, number: int, fault: str
) -> None:
    code, told, error = _retry(full, number)
    assert (code, told) == (1, "")
    assert error.startswith(f"panicpipe: {fault}")
    assert error.count("\n") == 1
    assert _requests(full) == []


def test_a_parked_dump_whose_file_has_changed_stays_parked(state: Path) -> None:
    """Its newer revision is what counts; nobody would ever take the old one up again."""
    to = written(state)
    old = to.parked(name(1), "why")
    to.done(name(1), COMPLETE, previous=old)
    assert "see dump 2" in _retry(state.parent, old.id)[2]
    assert to.journal.dumps.get(old.id).state is State.PARKED


def test_a_parked_dump_goes_on_and_is_done(tmp_path: Path, strangers: str) -> None:
    """Its faulty stage is taken out of the chain, and only what was missing is done."""
    place = Place(
        tmp_path, stages=("verify", "raises", "package"), extra='[stages.raises]\nwhat="rejected"\n'
    )
    (place.dumps / name(1).decode()).write_bytes(gzip_core())
    with place.start(PYTHONPATH=strangers):
        parked = place.until(lambda status: status["parked"])["parked"]
    place.config.write_text(place.config.read_text().replace('"raises", ', ""))
    assert place.published() == []
    place.panicpipe("retry", str(parked[0]["id"]))
    with place.start(PYTHONPATH=strangers):
        place.until(lambda status: status["done"])
    assert place.published() == [name(1).decode().replace(".gz", ".zip")]
