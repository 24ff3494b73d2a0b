"""Opening, migrating and sharing the journal's file."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.errors import JournalError
from pipeline.journal import Journal
from pipeline.journal.database import FILE_NAME
from pipeline.journal.schema import VERSION
from pipeline.journal.untouched import untouched
from pipeline.model import Identity


def test_only_its_owner_can_read_it(tmp_path: Path) -> None:
    """Also when the file was there with other rights, and for the files beside it."""
    (tmp_path / FILE_NAME).touch(0o644)
    journal = Journal.open(tmp_path)
    journal.requests.add("retry", 1, 0.0)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    assert len(modes) == 3  # the journal, its log, its shared memory
    assert set(modes.values()) == {0o600}


def test_a_newer_journal_is_not_touched(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with sqlite3.connect(tmp_path / FILE_NAME) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    with pytest.raises(JournalError, match="newer panicpipe"):
        Journal.open(tmp_path)
    with pytest.raises(JournalError, match="newer panicpipe"):
        Journal.read(tmp_path)


def test_a_file_that_is_no_journal_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(b"not a database, though long enough to look at" * 99)
    with pytest.raises(JournalError, match="not a database"):
        Journal.open(tmp_path)


@pytest.mark.parametrize("alive", [True, False])
def test_a_pipe_in_its_place_keeps_nobody_waiting(tmp_path: Path, alive: bool) -> None:
    os.mkfifo(tmp_path / FILE_NAME)
    with pytest.raises(JournalError), untouched(tmp_path, alive=alive):
        pass


def test_a_missing_journal_tells_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="panicpipe run"):
        Journal.read(tmp_path)


def test_a_reader_sees_one_instant_while_the_daemon_writes(tmp_path: Path) -> None:
    writer, reader = Journal.open(tmp_path), None
    identity = Identity(inode=1, size=1, mtime_ns=1)
    writer.dumps.add(source="s", raw_name=b"a", identity=identity, now=0.0)
    reader = Journal.read(tmp_path)
    with reader.snapshot():
        before = len(reader.dumps.current())
        writer.dumps.add(source="s", raw_name=b"b", identity=identity, now=0.0)
        assert len(reader.dumps.current()) == before == 1
    assert len(reader.dumps.current()) == 2


def test_reading_cannot_write(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    with pytest.raises(sqlite3.OperationalError, match="readonly"):
        Journal.read(tmp_path).requests.add("retry", 1, 0.0)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_somebody_else_is_told_to_use_sudo(tmp_path: Path) -> None:
    Journal.open(tmp_path).close()
    tmp_path.chmod(0o700)
    program = (
        "import os, sys; from pathlib import Path; from pipeline.journal import Journal\n"
        "from pipeline.errors import JournalError\n"
        "os.setuid(65534)\n"
        "try: Journal.read(Path(sys.argv[1]))\n"
        "except JournalError as error: print(error)"
    )
    answer = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert "use sudo" in answer.stdout


def test_a_planted_symlink_is_not_followed(tmp_path: Path) -> None:
    target = tmp_path / "elsewhere"
    target.touch()
    state = tmp_path / "state"
    state.mkdir()
    (state / FILE_NAME).symlink_to(target)
    with pytest.raises(JournalError):
        Journal.open(state)
    assert target.read_bytes() == b""
