"""Why dumps get lost: what launchd says of kdumpd, and what its directory is like."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.daemon.asking import Asking
from pipeline.kdumpd import APPLE
from pipeline.macos.kdumpd import Kdumpd, server
from pipeline.macos.launchd import Job
from tests.daemon.desks import lines_of
from tests.daemon.watched import NOW, Watched
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac
from tests.server.macs import ANN, DUMPS, make, ready, root_only

pytestmark = root_only

LOADED = Job(label=APPLE, loaded=True, pid=None, last_exit=0, disabled=False)
GONE = replace(LOADED, loaded=False, last_exit=None)
DISABLED = replace(GONE, disabled=True)
UNKNOWN = replace(GONE, loaded=None, disabled=None)


def kdumpd(job: Job) -> Kdumpd:
    plist = Path(f"/System/Library/LaunchDaemons/{APPLE}.plist")
    return Kdumpd(label=APPLE, plist=plist, directory=Path(DUMPS), ours=False, job=job, apple=job)


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    made = quick_mac(tmp_path)
    ready(made)
    make(made, DUMPS)
    return made


@pytest.fixture
def watched(mac: FakeMac) -> Iterator[Watched]:
    made = Watched(machine=mac.machine)
    yield made
    made.journal.close()


@pytest.mark.parametrize(
    ("job", "cause"),
    [
        (DISABLED, f"{APPLE} is disabled, as a restart or an update of macOS may leave it"),
        (GONE, f"{APPLE} is not loaded"),
        (LOADED, f"launchd has {APPLE} loaded, and does not listen for it"),
        (UNKNOWN, None),
    ],
)
def test_a_silent_port_and_its_cause_are_one_alert(
    watched: Watched, job: Job, cause: str | None
) -> None:
    watched.launchd.says = kdumpd(job)
    assert watched.looks(False, False, False, False) == ["server.down"]
    assert lines_of(watched.desk.told[0]).get("Cause") == cause


def test_launchd_is_asked_at_the_start_and_in_each_silence_only(watched: Watched) -> None:
    watched.looks(True, True, True)
    assert watched.launchd.asked == 1
    watched.looks(False, False, False)
    assert watched.launchd.asked == 2
    watched.looks(True, False, True, True)
    assert watched.launchd.asked == 3
    watched.looks(True, now=NOW + 6 * 3600)
    assert watched.launchd.asked == 4
    watched.looks(True, now=NOW - 86400)  # a clock that is set back keeps no question away
    assert watched.launchd.asked == 5


def test_an_answer_that_does_not_come_is_waited_for_once(watched: Watched) -> None:
    watched.launchd.slow = True
    assert watched.looks(False, False) == []
    assert watched.looks(False) == ["server.down"]


def test_where_the_port_cannot_be_tried_launchd_s_word_counts(watched: Watched) -> None:
    watched.launchd.says = kdumpd(DISABLED)
    assert watched.looks(None, None) == ["server.down"]
    watched.launchd.says = kdumpd(LOADED)
    assert watched.looks(None, None) == ["server.down"]
    assert watched.looks(True) == ["server.down", "server.up"]


def test_a_port_that_is_answered_is_no_matter_of_launchd_s(watched: Watched) -> None:
    """Somebody else's server is as good."""
    watched.launchd.says = kdumpd(DISABLED)
    assert watched.looks(True, True, True) == []


def test_a_directory_that_is_gone_is_told_and_that_it_is_there_again(
    watched: Watched, mac: FakeMac
) -> None:
    place = mac.machine.place(DUMPS)
    place.rmdir()
    assert watched.looks(True) == []
    assert watched.looks(True, True) == ["server.down"]
    (alert,) = watched.desk.told
    assert alert.title == f"{DUMPS} is not there: kdumpd can store no dump"
    assert lines_of(alert)["Next"] == "set it right: sudo panicpipe server setup"
    assert (alert.topic, alert.facts["place"]) == ("server:directory", DUMPS)
    make(mac, DUMPS)
    assert watched.looks(True, True) == ["server.down", "server.up"]
    assert watched.desk.told[1].title == f"{DUMPS} is as it must be again: dumps can be stored"
    assert watched.journal.conditions.of_kind("server.down") == []


@pytest.mark.parametrize("harm", ["owner", "link", "mode", "file"])
def test_a_directory_that_is_not_safe_is_told(watched: Watched, mac: FakeMac, harm: str) -> None:
    place = mac.machine.place(DUMPS)
    if harm == "owner":
        os.chown(place, ANN, 0)
    elif harm == "mode":
        place.chmod(0o755)
    else:
        place.rmdir()
        place.symlink_to("/etc") if harm == "link" else place.write_text("")
    assert watched.looks(True, True, True) == ["server.down"]
    assert DUMPS in watched.desk.told[0].title


def test_a_mac_that_was_never_set_up_is_one_cause(watched: Watched, mac: FakeMac) -> None:
    mac.machine.place(DUMPS).rmdir()
    assert watched.looks(False, False, False, False) == ["server.down"]
    assert watched.looks(True, True) == ["server.down", "server.up", "server.down"]


def test_both_causes_can_stand_and_end_by_themselves(watched: Watched, mac: FakeMac) -> None:
    mac.machine.place(DUMPS).rmdir()
    watched.looks(True, True, False, False)
    make(mac, DUMPS)
    watched.looks(False)
    assert watched.desk.events() == ["server.down", "server.down", "server.up"]
    assert [alert.topic for alert in watched.desk.told] == [
        "server:directory",
        "server",
        "server:directory",
    ]


def test_where_nothing_is_expected_the_directory_is_not_looked_at(mac: FakeMac) -> None:
    mac.machine.place(DUMPS).rmdir()
    off = Watched(expected=False, machine=mac.machine)
    off.journal.conditions.put("server.down:directory", NOW, "gone")
    assert off.looks(True, True, True) == []
    assert off.journal.conditions.of_kind("server.down") == []


def test_the_real_question_is_asked_in_a_thread_and_may_never_be_answered(mac: FakeMac) -> None:
    asking: Asking[Kdumpd | None] = Asking(lambda: server(mac.machine))
    asking.begin()
    while asking.under_way:
        threading.Event().wait(0.01)
    answer = asking.answer
    assert answer is not None
    assert answer.job.loaded is False
    held = threading.Event()
    hung: Asking[bool | None] = Asking(lambda: held.wait(60) or None)
    hung.begin()
    hung.begin()  # one at a time
    assert hung.under_way
    assert hung.answer is None
    held.set()


def test_a_question_that_fails_is_unknown() -> None:
    asking: Asking[int] = Asking(lambda: 1 // 0)
    asking.begin()
    while asking.under_way:
        threading.Event().wait(0.01)
    assert asking.answer is None
