"""What takes effect together, also where the commit itself fails."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.journal import Journal, schema
from pipeline.journal.rows import LiveRow
from pipeline.model import Identity

IDENTITY = Identity(inode=7, size=100, mtime_ns=5)


def add(journal: Journal, name: bytes, reuses: int | None = None) -> int:
    return journal.dumps.add(
        source="s", raw_name=name, identity=IDENTITY, now=1.0, reuses=reuses
    ).id


def names(journal: Journal) -> list[bytes]:
    return [row.raw_name for row in journal.dumps.current()]


def test_after_a_commit_that_failed_the_next_one_counts(tmp_path: Path) -> None:
    """Nothing is left open in which all that follows would be lost."""
    journal = Journal.open(tmp_path)
    with pytest.raises(sqlite3.IntegrityError), journal.transaction():
        _add_what_cannot_be_committed(journal)
    with journal.transaction():
        add(journal, b"later")
    assert names(Journal.read(tmp_path)) == [b"later"]


def test_a_transaction_that_sqlite_has_ended_tells_why(tmp_path: Path) -> None:
    """On a full disk SQLite rolls back by itself; the error is its own, not ours."""
    journal = Journal.open(tmp_path)
    with pytest.raises(OSError, match="full"), journal.transaction():
        _end_it_as_a_full_disk_does(journal)
    assert names(journal) == []


def _add_what_cannot_be_committed(journal: Journal) -> None:
    journal._connection.execute("PRAGMA defer_foreign_keys = ON")
    add(journal, b"refers to nothing", reuses=99)


def _end_it_as_a_full_disk_does(journal: Journal) -> None:
    add(journal, b"lost")
    journal._connection.execute("ROLLBACK")
    raise OSError("full")


def test_what_follows_live_progress_is_as_durable_as_ever(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    row = LiveRow(
        dump=add(journal, b"a"), phase="p", done=1, total=2, bytes=3, rate=4, updated=5, facts={}
    )
    journal.live.report(row)
    journal.live.remove(row.dump)
    journal.live.clear()
    assert journal._connection.execute("PRAGMA synchronous").fetchone()[0] == 2  # FULL


def test_two_who_find_an_older_journal_migrate_it_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command and the daemon may start at the same time after an upgrade."""
    Journal.open(tmp_path).close()
    before = schema.VERSION
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE more (x)"))
    monkeypatch.setattr(schema, "VERSION", before + 1)
    stale = iter([before])
    real = schema.version
    monkeypatch.setattr(schema, "version", lambda connection: next(stale, None) or real(connection))
    first = Journal.open(tmp_path)
    stale = iter([before])
    second = Journal.open(tmp_path)
    assert real(second._connection) == before + 1
    first.close()


def test_a_migration_that_fails_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    journal = Journal.open(tmp_path)
    before = schema.VERSION
    monkeypatch.setattr(schema, "MIGRATIONS", (*schema.MIGRATIONS, "CREATE TABLE a (x); oops"))
    monkeypatch.setattr(schema, "VERSION", before + 1)
    with pytest.raises(sqlite3.OperationalError):
        schema.migrate(journal._connection, "here")
    assert schema.version(journal._connection) == before
    assert not journal._connection.in_transaction
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        journal._connection.execute("SELECT * FROM a")
