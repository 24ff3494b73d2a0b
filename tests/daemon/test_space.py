"""Told before the next dump comes: how little room is left where dumps arrive."""

from __future__ import annotations

import os
import sqlite3
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from pipeline.daemon.space import Space
from pipeline.journal import Journal
from pipeline.model import Alert, Severity, Verdict
from pipeline.plugin import Scan, Volume
from pipeline.retention.holdings import Place as Source
from tests.cli.cores import raw_core
from tests.daemon.desks import Remembering, lines_of
from tests.daemon.harness import Place
from tests.daemon.test_crash import notifying
from tests.retention.records import Records, name

GB, MB, DAY, NOW = 10**9, 10**6, 86400.0, 1_800_000_000.0


class Told:
    """A Space, and what it has told so far."""

    def __init__(self, journal: Journal, warn_below: int = 10 * GB) -> None:
        self.journal = journal
        self.desk = Remembering(journal)
        self.space = Space(journal, self.desk, warn_below, has_rules=True)

    def at(self, free: int | None, now: float = NOW, *, source: str = "directory") -> int:
        """Look with so much free; returns how many alerts there were by now."""
        volume = None if free is None else Volume(device=1, free=free)
        place = Source(shown="/PanicDumps", scan=Scan(present=True), volume=volume)
        self.space.tell({source: place}, now)
        return len(self.desk.told)

    def alerts(self) -> list[Alert]:
        """All that were told, also those of which a newer one says as much."""
        return self.desk.told

    def events(self) -> list[str]:
        return self.desk.events()


@pytest.fixture
def told() -> Told:
    return Told(Journal.in_memory())


def test_little_room_is_told_with_what_it_means_and_what_to_do(told: Told) -> None:
    assert told.at(3 * GB) == 1
    (alert,) = told.alerts()
    assert (alert.event, alert.title) == (
        "disk.low",
        "little room for the next dump: 2.8 GiB free",
    )
    lines = lines_of(alert)
    assert lines["Volume"] == "of /PanicDumps"
    assert lines["Free"] == "2.8 GiB; it should be 9.3 GiB at least"
    assert "cuts a dump short" in lines["Why now"]
    assert "panicpipe prune --dry-run" in lines["Next"]
    assert alert.facts["free"] == 3 * GB


def test_ample_room_is_not_told(told: Told) -> None:
    assert told.at(10 * GB) == 0


def test_it_is_told_once_a_day_while_it_lasts(told: Told) -> None:
    counts = [told.at(GB, NOW + hours * 3600) for hours in (0, 1, 23, 24, 25, 47, 48)]
    assert counts == [1, 1, 1, 2, 2, 2, 3]


def test_a_restart_tells_nothing_again(told: Told) -> None:
    told.at(GB)
    assert Told(told.journal).at(GB, NOW + 60) == 0


def test_it_is_over_only_with_some_room_to_spare_and_then_told_anew(told: Told) -> None:
    told.at(GB)
    assert told.at(int(10.5 * GB), NOW + 1) == 1
    assert told.at(GB, NOW + 2) == 1
    told.at(12 * GB, NOW + 3)
    assert told.journal.conditions.of_kind("disk.low") == []
    told.at(GB, NOW + 4)
    assert told.events() == ["disk.low", "disk.ample", "disk.low"]


def test_that_it_is_over_is_told_once_with_how_long_it_lasted(told: Told) -> None:
    told.at(12 * GB)
    assert told.events() == []
    for days in (1, 2, 3):
        told.at(GB, NOW + days * DAY)
    for days in (4, 5):
        told.at(12 * GB, NOW + days * DAY)
    assert told.events() == ["disk.low"] * 3 + ["disk.ample"]
    alert = told.alerts()[-1]
    assert alert.severity is Severity.NOTICE
    assert alert.title == "room for the next dump again: 11.2 GiB free"
    assert "Was short: since 2027-01-16 08:00 UTC" in alert.body.splitlines()
    assert "Since: 2027-01-16 08:00 UTC" in told.alerts()[1].body.splitlines()
    assert "Since" not in told.alerts()[0].body


def test_of_one_source_the_newest_alert_is_enough_and_of_others_none_is_lost(told: Told) -> None:
    for source in ("one", "two"):
        told.at(GB, source=source)
        told.at(12 * GB, source=source)
    topics = [(alert.topic, alert.supersedes) for alert in told.alerts()]
    one, two = "disk:one", "disk:two"
    assert topics == [(one, (one,)), (one, (one,)), (two, (two,)), (two, (two,))]


def test_a_clock_that_is_set_back_brings_no_alert_and_keeps_none_away(told: Told) -> None:
    told.at(GB)
    assert told.at(GB, NOW - 30 * DAY) == 1
    assert told.at(GB, NOW - 29 * DAY) == 2


def test_where_nobody_knows_the_room_nothing_is_said_or_taken_back(told: Told) -> None:
    assert told.at(None) == 0
    told.at(GB)
    told.at(None)
    assert len(told.journal.conditions.of_kind("disk.low")) == 1


def test_it_can_be_turned_off_and_then_lasts_no_longer(told: Told) -> None:
    told.at(GB)
    off = Told(told.journal, warn_below=0)
    assert off.at(0) == 0
    assert off.journal.conditions.of_kind("disk.low") == []


def test_a_source_that_is_configured_no_more_is_short_of_nothing(told: Told) -> None:
    told.at(GB)
    told.space.tell({}, NOW)
    assert told.journal.conditions.of_kind("disk.low") == []


def test_two_more_like_the_largest_complete_core_should_have_room(local: Records) -> None:
    told = Told(local.journal, warn_below=1)
    local.done(name(1), Verdict.TRUNCATED)
    assert told.at(1) == 0
    row = local.done(name(2))
    local.journal.dumps.identify(row.id, replace(row.identity, size=8 * GB))
    again = Told(local.journal, warn_below=1)
    assert again.at(16 * GB) == 0
    assert again.at(16 * GB - 1) == 1
    assert "Largest core: 7.5 GiB" in again.alerts()[0].body


@pytest.fixture
def local(tmp_path: Path) -> Iterator[Records]:
    records = Records(tmp_path)
    yield records
    records.close()


# The installed daemon on a small volume.


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A dump directory of 64 MiB."""
    dumps = tmp_path / "dumps"
    dumps.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64m,mode=755", "tmpfs", str(dumps)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    yield dumps
    subprocess.run(["umount", "-l", dumps], check=False, capture_output=True)


def owed(place: Place) -> list[Any]:
    """Alerts about the machine so far, sent or not."""
    connection = sqlite3.connect(place.state / "journal.sqlite3")
    try:
        return connection.execute("SELECT alert FROM outbox WHERE dump IS NULL").fetchall()
    finally:
        connection.close()


def test_a_full_volume_is_told_once_also_across_restarts_and_again_after_recovery(
    tmp_path: Path, small: Path, httpserver: HTTPServer
) -> None:
    each = notifying(httpserver) + "\ngroup_minutes = 0\n"
    place = Place(tmp_path, warn_below="20 MB", extra=each)
    ballast = small / ".ballast"
    ballast.write_bytes(bytes(60 * MB))
    for _ in range(2):
        with place.start() as daemon:
            place.until(lambda status: status["low_on_room"] and not status["alerts_owed"])
            assert "Little room: only " in place.panicpipe("status")
    assert len(owed(place)) == len(httpserver.log) == 1
    ballast.unlink()
    with place.start() as daemon:
        place.until(lambda status: not status["low_on_room"] and not status["alerts_owed"])
    assert "are free again for dumps in" in daemon.log
    ballast.write_bytes(bytes(60 * MB))
    with place.start():
        place.until(lambda status: status["low_on_room"] and not status["alerts_owed"])
    assert len(owed(place)) == len(httpserver.log) == 3


def test_room_is_made_before_anybody_is_told_that_there_is_little(
    tmp_path: Path, small: Path, httpserver: HTTPServer
) -> None:
    place = Place(tmp_path)
    cores = [name(number) for number in range(3)]
    with place.start():
        for core in cores:
            (small / core).write_bytes(raw_core(16 * MB))
            place.until(lambda status: not status["in_flight"] and not status["waiting"])
        place.until(lambda status: len(status["done"]) == 3)
    place = Place(
        tmp_path,
        warn_below="20 MB",
        stages=("verify", "package", "retain"),
        extra=notifying(httpserver) + '[stages.retain.cores]\nkeep_free = "40 MB"\n',
    )
    with place.start() as daemon:
        place.until(lambda _: not (small / cores[1]).exists())
        place.until(lambda status: not status["low_on_room"])
    assert sorted(os.listdir(small)) == cores[2:]
    assert "to keep 40 MB free (18.2 MiB would be), oldest first" in daemon.log
    assert owed(place) == []
