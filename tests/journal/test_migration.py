"""A journal that an older panicpipe wrote, opened by this one."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import msgspec

from pipeline.journal import Journal
from pipeline.journal.database import FILE_NAME
from pipeline.journal.rows import State
from pipeline.journal.schema import MIGRATIONS, VERSION, version
from pipeline.model import Alert, Inspection, Severity, Verdict

INSPECTION = Inspection(verdict=Verdict.COMPLETE, reason="all", file_size=1, good_size=1)
ALERT = Alert(event="dump.complete", what="t", remarks=("b",))
_DUMP = (
    "INSERT INTO dumps (id, source, raw_name, inode, size, mtime_ns, revision, previous, reuses, "
    "current, state, reason, arrived, finished, finish, ended, next_try, inspection) "
    "VALUES (?, 'directory', ?, -3, 1, 5, 1, NULL, NULL, 1, ?, ?, 1.0, 2.0, 'closed', ?, ?, ?)"
)


def older(state_directory: Path) -> None:
    """Write a file of version 1 with rows in every table, and gaps where rows were deleted."""
    connection = sqlite3.connect(state_directory / FILE_NAME, isolation_level=None)
    for statement in MIGRATIONS[0].split(";"):
        connection.execute(statement)
    connection.execute("PRAGMA user_version = 1")
    inspection = msgspec.json.encode(INSPECTION).decode()
    alert = msgspec.json.encode(ALERT).decode()
    for row in (
        (3, b"done", "done", None, 9.0, None, inspection),
        (4, b"parked", "parked", "why", 8.0, None, inspection),
        (5, b"waits", "pending", "full", None, 77.0, inspection),
        (6, b"unread", "parked", "two workers died", 8.0, None, None),
    ):
        connection.execute(_DUMP, row)
    connection.execute("INSERT INTO steps VALUES (3, 'package', 'done', 1, 0, 'x', '{}', NULL, 9)")
    connection.execute(
        "INSERT INTO artifacts VALUES (2, 3, 'package', 'zip', '/z', '.t', 'n.zip', '.zip', "
        "8, 9, 1)"
    )
    connection.execute(
        "INSERT INTO outbox VALUES (11, 3, 'ops', ?, 9.0, 2, 50.0, NULL, NULL, 'refused')", (alert,)
    )
    connection.execute("INSERT INTO requests VALUES (21, 'retry', 4, 1.0)")
    connection.execute("INSERT INTO live VALUES (5, 'package', 1, 2, 3, 4.0, 5.0, '{}')")
    connection.execute("INSERT INTO passed_over VALUES ('directory', X'61', 'a FIFO')")
    connection.execute("UPDATE sqlite_sequence SET seq = 40 WHERE name = 'outbox'")
    connection.close()


def test_nothing_that_an_older_journal_holds_is_lost(tmp_path: Path) -> None:
    older(tmp_path)
    journal = Journal.open(tmp_path)
    assert version(journal._connection) == VERSION
    assert [row.id for row in journal.dumps.current()] == [3, 4, 5, 6]
    assert journal.dumps.get(3).inspection == INSPECTION
    assert journal.steps.of(3)["package"].error == "x"
    assert [made.path for made in journal.steps.artifacts(3)] == ["/z/n.zip"]
    assert journal.requests.all() == [(21, "retry", 4)]
    assert journal.live.all()[5].phase == "package"
    assert journal.live.passed_over("directory") == {b"a": "a FIFO"}


def test_alerts_keep_their_numbers_and_new_ones_take_none_again(tmp_path: Path) -> None:
    """A receipt of a delivery is found by the alert's number, also after an upgrade."""
    older(tmp_path)
    journal = Journal.open(tmp_path)
    (owed,) = journal.outbox.pending()
    assert (owed.id, owed.dump, owed.attempts, owed.next_try, owed.error, owed.alert) == (
        (11, 3, 2, 50.0, "refused", ALERT)
    )
    journal.outbox.owe(None, ["ops"], ALERT, 1.0)
    assert [(one.id, one.dump) for one in journal.outbox.pending()] == [(11, 3), (41, None)]


FIRST = (
    '{"event":"dump.incomplete","title":"%s","body":"Verdict: truncated: at 3\\nNext: wait\\nSo.",'
    '"facts":{"client":"10.0.40.7","id":3}}'
)


def test_alerts_of_the_first_version_say_what_they_said(tmp_path: Path) -> None:
    """They were nothing but text; and are taken by routes that choose by severity or Mac."""
    older(tmp_path)
    titles = ("10.0.40.7: core incomplete", "mycore: core: incomplete", "incomplete")
    connection = sqlite3.connect(tmp_path / FILE_NAME, isolation_level=None)
    for title in titles:
        connection.execute(
            "INSERT INTO outbox (dump, route, alert, created) VALUES (3, 'ops', ?, 9.0)",
            (FIRST % title,),
        )
    connection.close()
    journal = Journal.open(tmp_path)
    alerts = [owed.alert for owed in journal.outbox.pending()[1:]]
    assert tuple(alert.title for alert in alerts) == titles
    assert [(alert.client, alert.about) for alert in alerts] == [
        ("10.0.40.7", None),
        (None, "mycore"),
        (None, None),
    ]
    for alert in alerts:
        assert alert.body == "Verdict: truncated: at 3\nNext: wait\nSo."
        assert alert.severity is Severity.WARNING
        assert alert.facts == {"client": "10.0.40.7", "id": 3}
        assert alert.signature is None


def test_what_an_older_journal_owed_is_neither_held_nor_set_aside(tmp_path: Path) -> None:
    older(tmp_path)
    journal = Journal.open(tmp_path)
    first = next(iter(journal.outbox.in_turn("ops", 1)), None)
    assert first is not None
    assert (first.id, first.held_until, first.digest, first.aside) == (11, None, None, 0)
    assert journal.routes.all() == []


def test_an_upgraded_journal_has_an_identity_that_stays(tmp_path: Path) -> None:
    older(tmp_path)
    key = Journal.open(tmp_path).outbox.key(11)
    assert key.endswith("-11")
    assert len(key) == 16 + 3
    assert Journal.open(tmp_path).outbox.key(11) == key


def test_only_what_was_done_counts_as_announced(tmp_path: Path) -> None:
    """What was parked gets its outcome told once somebody has had it taken up again."""
    older(tmp_path)
    journal = Journal.open(tmp_path)
    assert [journal.dumps.get(number).announced for number in (3, 4, 5, 6)] == [9.0] + [None] * 3
    for number in (4, 6):
        journal.dumps.reopen(number)
    assert journal.dumps.get(4).state is State.PENDING
    assert journal.dumps.get(6).state is State.ARRIVING
