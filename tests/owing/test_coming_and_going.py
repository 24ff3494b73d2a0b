"""Trouble of this machine that comes and goes all day makes no storm, and its end state is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline.daemon.server_watch import ServerWatch
from pipeline.daemon.space import Space
from pipeline.plugin import Scan, Volume
from pipeline.retention.holdings import Place
from tests.owing.office import DAY, HOUR, MINUTE, Office, events

GB = 10**9
Set = Callable[[bool], None]


def server(office: Office) -> Set:
    well = [True]
    watch = ServerWatch(office.journal, office.desk, 1069, expected=True, listens=lambda _: well[0])

    def be(now_well: bool) -> None:
        well[0] = now_well
        for _ in range(2):
            watch.look(office.now)

    return be


def disk(office: Office) -> Set:
    space = Space(office.journal, office.desk, 10 * GB, has_rules=True)

    def be(now_well: bool) -> None:
        volume = Volume(device=1, free=(20 if now_well else 2) * GB)
        space.tell({"d": Place(shown="/d", scan=Scan(present=True), volume=volume)}, office.now)

    return be


@pytest.mark.parametrize(("machine", "kind"), [(server, "server"), (disk, "disk")])
@pytest.mark.parametrize("ends_well", [True, False])
def test_it_is_told_a_handful_of_times(
    machine: Callable[[Office], Set], kind: str, *, ends_well: bool
) -> None:
    office = Office()
    be, told = machine(office), list[str]()
    for minute in range(24 * 60):
        be(minute % 2 == 1)
        told += events(office.live(MINUTE))
    be(ends_well)
    told += events(office.live(6 * HOUR))
    assert 2 <= len(told) <= 40
    last = {"server": ("server.down", "server.up"), "disk": ("disk.low", "disk.ample")}
    assert told[-1] == last[kind][ends_well]
    be(True)
    office.live(DAY)
    be(False)
    assert events(office.work()) == [last[kind][0]]


def test_a_quiet_month_makes_windows_short_again() -> None:
    office = Office()
    be = server(office)
    for minute in range(3 * 60):
        be(minute % 2 == 1)
        office.live(MINUTE)
    office.live(30 * DAY)
    be(False)
    be(True)
    office.work()
    be(False)
    assert events(office.live(11 * MINUTE)) == ["server.down"]
