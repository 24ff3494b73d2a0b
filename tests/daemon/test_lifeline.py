"""How the last run ended: told where nobody had asked for it, and only then."""

from __future__ import annotations

import contextlib
import ctypes
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.daemon import boot
from pipeline.daemon.boot import boot_id
from pipeline.daemon.lifeline import Lifeline
from pipeline.errors import ConfigError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, LiveRow, State
from pipeline.model import Identity, Severity
from tests.daemon.desks import Remembering, lines_of

NOW = 1_800_000_000.0


@pytest.fixture
def journal() -> Iterator[Journal]:
    made = Journal.in_memory()
    yield made
    made.close()


class Run:
    """One run of a daemon."""

    def __init__(self, journal: Journal, directory: Path, boot: str | None = "first") -> None:
        self.desk = Remembering(journal)
        self.life = Lifeline(journal, self.desk, directory, boot=lambda: boot)

    def begins(self, now: float = NOW) -> Run:
        self.life.beat(now)
        return self

    def lives(self, error: Exception | None = None) -> list[str]:
        """Live to the end, or to an error; returns what was told at the beginning."""
        with contextlib.suppress(type(error) if error else OSError), self.life.lives():
            if error is not None:
                raise error
        return self.desk.events()


def test_the_first_run_ever_and_one_after_a_clean_end_tell_nothing(
    journal: Journal, tmp_path: Path
) -> None:
    for _ in range(3):
        assert Run(journal, tmp_path).lives() == []
    assert journal.conditions.of_kind("daemon.runs") == []


def test_a_run_that_just_ended_is_told_with_when_it_was_alive(
    journal: Journal, tmp_path: Path
) -> None:
    run = Run(journal, tmp_path).begins()
    run.life.beat(NOW + 3600)
    (alert,) = Run(journal, tmp_path).begins(NOW + 7200).desk.told
    assert (alert.event, alert.severity) == ("daemon.crashed", Severity.WARNING)
    assert (alert.topic, alert.signature, alert.supersedes) == ("crash", "crash", ())
    assert lines_of(alert) == {
        "Started": "2027-01-15 08:00 UTC",
        "Last alive": "2027-01-15 09:00 UTC",
        "Machine": "was not restarted: panicpipe alone crashed or was killed",
        "Was at work on": "nothing",
        "Next": "see what its log says of the last minutes before this start",
    }
    assert alert.facts["machine_restarted"] is False


def test_each_crash_is_told_once(journal: Journal, tmp_path: Path) -> None:
    counts = [len(Run(journal, tmp_path).begins().desk.told) for _ in range(3)]
    assert counts == [0, 1, 1]
    assert Run(journal, tmp_path).lives() == ["daemon.crashed"]
    assert Run(journal, tmp_path).lives() == []


@pytest.mark.parametrize(
    ("before", "after", "restarted"),
    [
        ("first", "second", True),
        ("first", "first", False),
        ("first", None, None),
        (None, "second", None),
    ],
)
def test_whether_the_machine_was_restarted_is_told_where_it_is_known(
    journal: Journal, tmp_path: Path, before: str | None, after: str | None, restarted: bool | None
) -> None:
    Run(journal, tmp_path, before).begins()
    (alert,) = Run(journal, tmp_path, after).begins().desk.told
    assert alert.facts["machine_restarted"] is restarted
    told = lines_of(alert).get("Machine", "")
    assert told.startswith({True: "was restarted", False: "was not", None: ""}[restarted])
    assert bool(told) is (restarted is not None)


def working_on(journal: Journal, number: int, state: State | None = None) -> DumpRow:
    row = journal.dumps.add(
        source="directory",
        raw_name=f"core-xnu-1.2-10.0.40.{number}-ab\x1b.gz".encode(),
        identity=Identity(inode=number, size=1, mtime_ns=1),
        now=NOW,
    )
    if state is not None:
        journal.dumps.end(row.id, state, None, NOW)
    journal.live.report(
        LiveRow(
            dump=row.id, phase="arriving", done=1, total=2, bytes=1, rate=1.0, updated=NOW, facts={}
        )
    )
    return row


def test_what_was_in_flight_is_named_safely_and_told_to_go_on(
    journal: Journal, tmp_path: Path
) -> None:
    Run(journal, tmp_path).begins()
    rows = [working_on(journal, number) for number in range(7)]
    working_on(journal, 8, State.DONE)
    (alert,) = Run(journal, tmp_path).begins().desk.told
    work = lines_of(alert)["Was at work on"]
    assert work.startswith(r"dump 1 (core-xnu-1.2-10.0.40.0-ab\x1b.gz), dump 2 (core-")
    assert work.endswith(" and 2 more: taken up again")
    assert alert.facts["dumps"] == [row.id for row in rows]


def test_who_was_asked_to_stop_and_did_not_manage_to_is_no_crash(
    journal: Journal, tmp_path: Path
) -> None:
    Run(journal, tmp_path).begins().life.asked_to_stop()
    run = Run(journal, tmp_path).begins()
    assert run.desk.told == []
    assert len(Run(journal, tmp_path).begins().desk.told) == 1, "that note was about another run"


def test_a_note_that_somebody_planted_is_not_followed(journal: Journal, tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_text("precious")
    (tmp_path / "asked-to-stop").symlink_to(precious)
    Run(journal, tmp_path).begins().life.asked_to_stop()
    assert precious.read_text() == "precious"
    assert len(Run(journal, tmp_path).begins().desk.told) == 1


def test_an_end_that_is_told_in_words_is_no_crash_and_a_bug_is_one(
    journal: Journal, tmp_path: Path
) -> None:
    Run(journal, tmp_path).lives(ConfigError("a key is wrong"))
    assert Run(journal, tmp_path).lives(LookupError("a bug")) == []
    assert Run(journal, tmp_path).lives() == ["daemon.crashed"]


def test_a_journal_that_cannot_be_written_yet_has_it_told_later(
    journal: Journal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    Run(journal, tmp_path).begins()
    run = Run(journal, tmp_path)
    with monkeypatch.context() as broken:
        broken.setattr(journal.conditions, "put", full)
        life = run.life.lives()
        life.__enter__()
        assert journal.outbox.pending() == []
    run.life.beat(NOW)
    assert [owed.alert.event for owed in journal.outbox.pending()] == ["daemon.crashed"]
    life.__exit__(None, None, None)


def test_nonsense_in_the_journal_tells_what_it_can(journal: Journal, tmp_path: Path) -> None:
    journal.conditions.put("daemon.runs:mark", NOW, "no JSON")
    (alert,) = Run(journal, tmp_path).begins().desk.told
    assert alert.facts["machine_restarted"] is None
    assert alert.facts["last_alive"] is None


# What tells one boot from another.


class Sysctl:
    """macOS's sysctlbyname, as far as it is asked."""

    def __init__(self, answer: bytes | None) -> None:
        self._answer = answer

    def sysctlbyname(self, name: bytes, old: Any, size: Any, new: None, length: int) -> int:
        assert (name, new, length) == (b"kern.bootsessionuuid", None, 0)
        if self._answer is None:
            return -1
        assert len(self._answer) < ctypes.sizeof(old)
        old.value = self._answer
        return 0


def test_macos_tells_its_boot_session(monkeypatch: pytest.MonkeyPatch) -> None:
    uuid = b"0D5C1A9E-58D4-4C59-9E22-4C9F6C0A7B11"
    monkeypatch.setattr(ctypes, "CDLL", lambda _: Sysctl(uuid))
    assert boot_id() == uuid.decode()


def test_linux_tells_its_boot_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "boot_id"
    file.write_text("8a0c1f2e\n")
    monkeypatch.setattr(boot, "_OF_LINUX", file)
    for libc in (object(), Sysctl(None)):
        monkeypatch.setattr(ctypes, "CDLL", lambda _, libc=libc: libc)
        assert boot_id() == "8a0c1f2e"
    file.unlink()
    assert boot_id() is None


def test_this_machine_has_not_booted_between_two_looks() -> None:
    first = boot_id()
    time.sleep(0.01)
    assert boot_id() == first
