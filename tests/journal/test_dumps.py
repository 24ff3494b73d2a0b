"""The journal's record of dumps."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from pipeline.journal import Journal
from pipeline.journal.rows import State
from pipeline.model import Identity, Inspection, Kind, Panic, Verdict

IDENTITY = Identity(inode=7, size=100, mtime_ns=5)
INSPECTION = Inspection(
    verdict=Verdict.COMPLETE,
    reason="all of it",
    kind=Kind.CORE,
    file_size=100,
    good_size=100,
    panic=Panic(line="panic(cpu 0 caller 0x1): x", cpu=0, caller="0x1", reason="x", kexts=("a",)),
)


@pytest.fixture
def journal() -> Journal:
    return Journal.in_memory()


def add(journal: Journal, name: bytes = b"core", identity: Identity = IDENTITY) -> int:
    return journal.dumps.add(source="directory", raw_name=name, identity=identity, now=1.0).id


def test_a_row_comes_back_as_it_was_stored(journal: Journal) -> None:
    """Names of any bytes and inode numbers over 2^63 survive."""
    name, identity = b"\xff\n-x", Identity(inode=(1 << 64) - 3, size=0, mtime_ns=-1)
    row = journal.dumps.get(add(journal, name, identity))
    assert (row.raw_name, row.identity, row.state) == (name, identity, State.ARRIVING)
    assert row.name == "\\xff\\x0a-x"


@pytest.mark.parametrize("mtime_ns", [1 << 63, -(1 << 64), 33_000_000_000 * 10**9])
def test_times_that_no_clock_shows_survive(journal: Journal, mtime_ns: int) -> None:
    """Anybody can give a file a time that SQLite takes for no integer."""
    identity = Identity(inode=7, size=100, mtime_ns=mtime_ns)
    row = journal.dumps.get(add(journal, identity=identity))
    assert row.identity == identity
    journal.dumps.identify(row.id, IDENTITY)
    journal.dumps.identify(row.id, identity)
    assert journal.dumps.get(row.id).identity == identity


def test_a_verdict_comes_back_as_it_was_stored(journal: Journal) -> None:
    number = add(journal)
    judged = Identity(inode=7, size=101, mtime_ns=6)
    journal.dumps.judge(number, judged, INSPECTION, "closed", 2.0)
    row = journal.dumps.get(number)
    assert row.inspection == INSPECTION
    assert (row.state, row.identity, row.finish) == (State.PENDING, judged, "closed")


def test_a_revision_takes_the_place_of_the_older_row(journal: Journal) -> None:
    first = journal.dumps.get(add(journal))
    second = journal.dumps.add(
        source="directory", raw_name=b"core", identity=IDENTITY, now=2.0, previous=first
    )
    assert (second.revision, second.previous) == (2, first.id)
    assert [row.id for row in journal.dumps.current("directory")] == [second.id]


def test_a_reopened_dump_goes_on_where_it_stopped(journal: Journal) -> None:
    """Unjudged: it is read again. Judged: only its steps are run."""
    unread, judged = add(journal), add(journal, b"other")
    journal.dumps.judge(judged, IDENTITY, INSPECTION, "closed", 2.0)
    for number in (unread, judged):
        journal.dumps.end(number, State.PARKED, "why", 3.0)
        journal.dumps.reopen(number)
    assert journal.dumps.get(unread).state is State.ARRIVING
    assert journal.dumps.get(judged).state is State.PENDING


def test_an_announced_dump_that_is_reopened_stays_announced(journal: Journal) -> None:
    number = add(journal)
    journal.dumps.judge(number, IDENTITY, INSPECTION, "closed", 2.0)
    journal.dumps.announce(number, 3.0)
    assert journal.dumps.get(number).state is State.ARCHIVING
    journal.dumps.end(number, State.PARKED, "no bucket", 4.0)
    journal.dumps.reopen(number)
    row = journal.dumps.get(number)
    assert (row.state, row.announced, row.reason) == (State.ARCHIVING, 3.0, None)
    journal.dumps.postpone(number, "no route", 40.0)
    assert journal.dumps.next_due(after=10.0) == 40.0
    journal.dumps.end(number, State.DONE, None, 5.0)
    assert journal.dumps.get(number).announced == 3.0


def test_the_next_due_retry_is_that_of_an_open_dump(journal: Journal) -> None:
    first, second = add(journal), add(journal, b"b")
    journal.dumps.postpone(first, "full", 50.0)
    journal.dumps.postpone(second, "full", 40.0)
    assert journal.dumps.next_due(after=10.0) == 40.0
    journal.dumps.end(second, State.PARKED, "why", 1.0)
    assert journal.dumps.next_due(after=10.0) == 50.0


def test_a_retry_that_is_due_already_is_no_reason_to_wake_up_again(journal: Journal) -> None:
    """It was offered at the last look, and could not be taken up: something else will tell."""
    journal.dumps.postpone(add(journal), "full", 40.0)
    assert journal.dumps.next_due(after=40.0) is None


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    journal = Journal.open(tmp_path)
    with pytest.raises(sqlite3.IntegrityError), journal.transaction():
        _add_one_and_one_that_refers_to_nothing(journal)
    assert journal.dumps.current() == []


def _add_one_and_one_that_refers_to_nothing(journal: Journal) -> None:
    add(journal)
    journal.dumps.add(source="s", raw_name=b"x", identity=IDENTITY, now=0.0, reuses=99)
