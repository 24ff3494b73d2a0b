"""A journal is read without a trace, whether a daemon uses it, ended well, or was killed."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from pipeline.errors import JournalError
from pipeline.journal import Journal
from pipeline.journal.untouched import untouched


def _note(journal: Journal) -> None:
    journal.conditions.put("a:b", 1, "x")


def test_of_a_daemon_that_ended_nothing_is_left_beside_it(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    _note(journal)
    journal.close()
    with untouched(tmp_path, alive=False) as read:
        assert read.conditions.find("a:b")
    assert os.listdir(tmp_path) == ["journal.sqlite3"]


def test_of_a_daemon_that_was_killed_what_it_wrote_last_is_read(tmp_path: Path) -> None:
    used, left = tmp_path / "used", tmp_path / "left"
    used.mkdir()
    journal = Journal.open(used)
    _note(journal)
    shutil.copytree(used, left)
    journal.close()
    before = _as_it_lies(left)
    with untouched(left, alive=False) as read:
        assert read.conditions.find("a:b")
    assert _as_it_lies(left) == before


def test_of_a_daemon_at_work_the_newest_is_read(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    with untouched(tmp_path, alive=True) as read:
        _note(journal)
        assert read.conditions.find("a:b")
    journal.close()


@pytest.mark.parametrize("alive", [True, False])
def test_what_is_wrong_is_said_of_the_journal_itself(tmp_path: Path, alive: bool) -> None:
    (tmp_path / "journal.sqlite3").write_bytes(b"no journal at all" * 1000)
    with (
        pytest.raises(JournalError, match=f"^{tmp_path}/journal.sqlite3: "),
        untouched(tmp_path, alive=alive),
    ):
        pass
    (tmp_path / "journal.sqlite3").unlink()
    with (
        pytest.raises(JournalError, match=f"{tmp_path}/journal.sqlite3: no journal there"),
        untouched(tmp_path, alive=alive),
    ):
        pass


def _as_it_lies(directory: Path) -> dict[str, tuple[int, int, int, int]]:
    """Everything of its files but when they were last read."""
    found = {entry.name: entry.stat() for entry in os.scandir(directory)}
    return {
        name: (each.st_ino, each.st_mode, each.st_size, each.st_mtime_ns)
        for name, each in found.items()
    }
