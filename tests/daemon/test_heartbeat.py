"""The heartbeat: one in each period, whatever restarts there are and whatever the clock does."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.daemon.heartbeat import Heartbeat
from pipeline.journal import Journal
from pipeline.journal.rows import State
from pipeline.model import Alert, Severity, Verdict
from pipeline.plugin import Scan, Sighting, Transfer, Volume, Watch
from tests.daemon.desks import Remembering, lines_of
from tests.retention.records import Records, name

DAY, NOW = 86400.0, 1_800_000_000.0
WEEK = 7 * DAY


class Elsewhere(Watch):
    """A source of which nothing but its room matters."""

    def __init__(self, place: str, free: int | None) -> None:
        self._place = place
        self._free = free

    @property
    def place(self) -> str:
        return self._place

    def scan(self) -> Scan:
        raise NotImplementedError

    def open(self, sighting: Sighting) -> Transfer:
        raise NotImplementedError

    def volume(self) -> Volume | None:
        return None if self._free is None else Volume(device=1, free=self._free)

    def stop(self) -> None:
        raise NotImplementedError


class Case:
    """One run of a daemon with a heart."""

    def __init__(
        self, journal: Journal, *, period: float = WEEK, started: float = NOW, **watches: Watch
    ) -> None:
        self.journal = journal
        self.desk = Remembering(journal)
        self.heart = Heartbeat(
            journal, self.desk, period, watches, version="1.2.3", started=started
        )

    def beats(self, *days: float) -> list[int]:
        """Look at these days after `NOW`; returns how many there were by then."""
        counts = []
        for day in days:
            self.heart.look(NOW + day * DAY)
            counts.append(len(self.desk.told))
        return counts

    def only(self) -> Alert:
        (alert,) = self.desk.told
        return alert


@pytest.fixture
def journal() -> Iterator[Journal]:
    made = Journal.in_memory()
    yield made
    made.close()


def test_the_first_comes_one_period_after_the_first_start_and_then_one_each(
    journal: Journal,
) -> None:
    assert Case(journal).beats(0, 1, 6.9, 7, 8, 13.9, 14, 15) == [0, 0, 0, 1, 1, 1, 2, 2]


def test_restarts_neither_delay_nor_hasten_it(journal: Journal) -> None:
    counts = [Case(journal).beats(day) for day in (0, 3, 6, 7, 7.1, 13, 14)]
    assert counts == [[0], [0], [0], [1], [0], [0], [1]]


def test_after_weeks_without_a_daemon_there_is_one(journal: Journal) -> None:
    Case(journal).beats(0)
    assert Case(journal).beats(100, 100.1, 106.9, 107) == [1, 1, 1, 2]


def test_a_clock_set_forward_gives_one_and_set_back_again_none_waits_longer_than_a_period(
    journal: Journal,
) -> None:
    case = Case(journal)
    assert case.beats(0, 3650, 3650.1) == [0, 1, 1]
    assert case.beats(1, 7.9, 8) == [1, 1, 2]


def test_never_is_never_and_a_later_beginning_is_a_beginning(journal: Journal) -> None:
    assert Case(journal, period=0).beats(0, 1000) == [0, 0]
    Case(journal).beats(1000)
    assert Case(journal, period=0).beats(1001, 2000) == [0, 0]
    assert Case(journal).beats(2000, 2006, 2007) == [0, 0, 1]


def test_only_the_newest_is_worth_sending(journal: Journal) -> None:
    case = Case(journal)
    case.beats(0, 7)
    alert = case.only()
    assert (alert.event, alert.severity) == ("heartbeat", Severity.NOTICE)
    assert (alert.topic, alert.supersedes) == ("heartbeat", ("heartbeat",))
    assert alert.signature is None


def test_where_nothing_happened_it_says_so(journal: Journal) -> None:
    case = Case(journal, one=Elsewhere("/PanicDumps", 12 << 30), two=Elsewhere("/Volumes/x", None))
    case.beats(0, 7)
    alert = case.only()
    assert alert.title == "panicpipe is at work: no dump in 7 days"
    assert alert.body.splitlines() == [
        "Dumps: no dump since 2027-01-15 08:00 UTC",
        "Waiting: nothing",
        "Free: 12.0 GiB in /PanicDumps",
        "Free: nobody can tell in /Volumes/x",
        "Running: panicpipe 1.2.3 since 2027-01-15 08:00 UTC",
        "Next: 2027-01-29 08:00 UTC; if none comes then, look after this server",
    ]


@pytest.fixture
def records(tmp_path: Path) -> Iterator[Records]:
    made = Records(tmp_path)
    yield made
    made.close()


def test_dumps_are_counted_once_by_what_they_were_judged_since_the_last(records: Records) -> None:
    journal = records.journal
    case = Case(journal)
    case.beats(0)
    verdicts = [Verdict.COMPLETE, Verdict.COMPLETE, Verdict.TRUNCATED, Verdict.NOT_A_DUMP]
    rows = [records.done(name(number), verdict) for number, verdict in enumerate(verdicts)]
    for day, row in enumerate([*rows[1:], rows[0]]):
        assert row.inspection
        when = NOW + day * DAY + 1
        journal.dumps.judge(row.id, row.identity, row.inspection, "closed", when)
    journal.dumps.end(rows[3].id, State.IGNORED, None, NOW)
    journal.dumps.end(rows[0].id, State.PARKED, "why", NOW)
    case.beats(7)
    alert = case.only()
    assert lines_of(alert)["Dumps"].startswith("2 complete, 1 truncated dumps since ")
    assert lines_of(alert)["Parked"] == "1 dump: see `panicpipe status`"
    assert alert.facts["verdicts"] == {"complete": 2, "truncated": 1}
    case.beats(14)
    assert lines_of(case.desk.told[-1])["Dumps"].startswith("no dump since ")


def test_what_is_owed_and_what_is_wrong_is_told(records: Records) -> None:
    journal = records.journal
    row = records.done(name(1))
    journal.dumps.announce(row.id, NOW)
    journal.outbox.owe(None, ["ops"], Alert(event="disk.low", what="little room"), NOW)
    journal.routes.add("ops/slack-1f0c")
    journal.routes.begin_to_fail("ops/slack-1f0c", NOW)
    journal.conditions.put("server.down:1069", NOW, "nothing listens on UDP 1069")
    case = Case(journal)
    case.beats(0, 7)
    lines = lines_of(case.only())
    assert lines["Waiting"] == "1 dump to be archived, 1 alert to be sent"
    assert lines["Failing"] == "ops/slack-1f0c"
    assert lines["Server"] == "nothing listens on UDP 1069"
