"""The machine is kept awake while a dump is in flight, and no longer; no daemon leaves it so."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.daemon.awake import Awake, for_machine
from pipeline.machine import Machine
from tests.daemon.harness import PATIENCE, Daemon, Place, go_on
from tests.macs.fake_mac import FakeMac

_RUN = """
import asyncio, sys
from pathlib import Path
from pipeline.config import load
from pipeline.daemon import logs
from pipeline.daemon.awake import Awake
from pipeline.daemon.service import Daemon
from pipeline.daemon.state_directory import StateDirectory
logs.begin()
settings = load(Path(sys.argv[1]))
with StateDirectory.acquire(settings.state_directory) as state:
    asyncio.run(Daemon(settings, state, Awake(Path(sys.argv[2]))).serve())
"""


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def program(mac: FakeMac) -> Path:
    return mac.machine.place("/usr/bin/caffeinate")


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def running(program: Path) -> list[int]:
    """The processes that are this program."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0") if entry.name.isdigit() else []
        except OSError:
            continue
        if words[2:3] == [os.fsencode(program)]:  # after the interpreter and its option
            found.append(int(entry.name))
    return found


def one(program: Path) -> int:
    """The one process that is this program, once it is."""
    until(lambda: running(program))
    (pid,) = running(program)
    return pid


def calls(mac: FakeMac) -> list[list[str]]:
    return [call[1:] for call in mac.calls if call[0] == "/usr/bin/caffeinate"]


def test_it_is_held_while_wanted_and_started_once(mac: FakeMac, program: Path) -> None:
    awake = Awake(program)
    for _ in range(3):
        awake.keep(True)
    until(lambda: calls(mac))
    assert len(running(program)) == 1
    awake.keep(False)
    assert running(program) == []
    awake.keep(False)
    assert calls(mac) == [["-i", "-m", "-w", str(os.getpid())]]


def test_it_is_in_our_process_group(mac: FakeMac, program: Path) -> None:
    awake = Awake(program)
    awake.keep(True)
    pid = one(program)
    assert os.getpgid(pid) == os.getpgid(0)
    awake.end()


def test_one_that_dies_is_started_again_after_a_rest(
    mac: FakeMac, program: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    awake = Awake(program, clock=clock)
    awake.keep(True)
    first = one(program)
    os.kill(first, signal.SIGKILL)
    until(lambda: first not in running(program))
    for clock.now in (1.0, 20.0, 30.9):
        awake.keep(True)
        assert running(program) == []
    clock.now = 31.0
    awake.keep(True)
    assert one(program) != first
    awake.end()
    assert [record.getMessage().rpartition(": ")[2] for record in caplog.records] == [
        "it ended by itself, with -9"
    ]


def test_a_missing_program_is_told_once_and_is_no_fault(
    tmp_path: Path, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    awake = Awake(tmp_path / "none", clock=clock)
    for clock.now in (0.0, 100.0, 200.0):
        awake.keep(True)
    awake.end()
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "No such file or directory" in caplog.text


def test_elsewhere_than_on_a_mac_nothing_is_run() -> None:
    awake = for_machine(Machine(Path("/"), "linux"))
    awake.keep(True)
    awake.end()


# A real daemon, with a real dump.


class Kept(Daemon):
    """The daemon as `panicpipe run` starts it, with a program of the tests' to keep it awake."""

    def __init__(self, place: Place, program: Path) -> None:
        self.place = place
        self.log_path = place.root / "log"
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", _RUN, str(place.config), str(program)],
                stderr=log,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )


NAME = "core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz"


def test_it_is_held_during_a_dump_and_let_go_after_it(
    tmp_path: Path, mac: FakeMac, program: Path, core: Path
) -> None:
    place = Place(tmp_path, settle=60)  # what waits in the middle is not finished
    with Kept(place, program) as daemon:
        assert running(program) == []
        with place.grow(core, NAME, stop_at=20_000, then="go on") as sender:
            until(lambda: calls(mac))
            assert one(program)
            place.until(lambda status: status["in_flight"])
            go_on(sender)
        place.until(lambda status: status["done"])
        until(lambda: not running(program))
    assert calls(mac) == [["-i", "-m", "-w", str(daemon.process.pid)]]


def test_it_is_not_held_for_a_dump_that_waits_for_its_next_try(
    tmp_path: Path, mac: FakeMac, program: Path, core: Path
) -> None:
    place = Place(tmp_path, retry=60)
    place.zips.write_text("no directory")
    with Kept(place, program):
        (place.dumps / NAME).write_bytes(core.read_bytes())
        place.until(lambda status: status["waiting"])
        until(lambda: calls(mac) and not running(program))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_daemon_that_ends_in_the_middle_leaves_none_behind(
    tmp_path: Path, mac: FakeMac, program: Path, core: Path, number: signal.Signals
) -> None:
    place = Place(tmp_path, settle=60)  # what waits in the middle is not finished
    with (
        Kept(place, program) as daemon,
        place.grow(core, NAME, stop_at=20_000, then="go on") as sender,
    ):
        until(lambda: calls(mac))
        daemon.process.send_signal(number)
        daemon.process.wait(30)
        until(lambda: not running(program))
        go_on(sender)
