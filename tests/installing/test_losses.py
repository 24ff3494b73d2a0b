"""What would be lost with a journal."""

from __future__ import annotations

from pathlib import Path

from pipeline.installing.losses import losses
from pipeline.machine import Machine
from tests.cli.journals import every_state, written


def test_what_is_not_done_parked_or_owed_is_told_by_its_number(tmp_path: Path) -> None:
    every_state(tmp_path / "var/state")
    assert losses(Machine(tmp_path, "linux"), "/var/state") == [
        "dumps whose work is not done: 4",
        "dumps that are parked: 1",
        "alerts that were not sent yet: 1",
    ]


def test_of_a_journal_in_which_all_is_done_nothing(tmp_path: Path) -> None:
    written(tmp_path / "state").journal.close()
    assert losses(Machine(tmp_path, "darwin"), "/state") == []


def test_without_a_journal_nothing_and_none_is_made(tmp_path: Path) -> None:
    assert losses(Machine(tmp_path, "darwin"), "/state") == []
    (tmp_path / "state").mkdir()
    assert losses(Machine(tmp_path, "darwin"), "/state") == []
    assert not list((tmp_path / "state").iterdir())


def test_a_journal_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    every_state(tmp_path / "state")
    (tmp_path / "state/journal.sqlite3").write_bytes(b"SQLite format 3\0" + b"\xff" * 4096)
    (told,) = losses(Machine(tmp_path, "darwin"), "/state")
    assert told.startswith("the journal in /state cannot be read (")
    assert "\n" not in told
