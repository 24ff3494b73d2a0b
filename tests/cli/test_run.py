from __future__ import annotations

import os
import re
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.run import under_launchd
from pipeline.journal import Journal
from pipeline.journal.database import FILE_NAME
from tests.cli.command import PANICPIPE, Terminal, environment
from tests.cli.cores import gzip_core
from tests.cli.journals import name
from tests.daemon.harness import Place

LINE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ (INFO|WARNING|ERROR) +\S.*")
DUMP, ZIP = name(1).decode(), name(1).decode().replace(".gz", ".zip")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    place = Place(tmp_path)
    (place.dumps / DUMP).write_bytes(gzip_core())
    return place


def _run(place: Place, **options: Any) -> subprocess.Popen[bytes]:
    return subprocess.Popen([PANICPIPE, "run", "--config", str(place.config)], **options)


def _ended(place: Place) -> tuple[int, list[str]]:
    """Run a daemon that cannot run; returns its exit code and what it told."""
    process = _run(place, stderr=subprocess.PIPE)
    told = process.communicate(timeout=30)[1].decode().splitlines()
    return process.returncode, told


def test_each_event_is_one_line_that_begins_with_its_time(place: Place) -> None:
    with place.start() as daemon:
        place.until(lambda status: status["done"])
    lines = daemon.log.splitlines()
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    told = [re.sub(r"^\S+ \S+ +", "", line) for line in lines]
    told = [line for line in told if not line.startswith("workers run as root")]  # here, perhaps
    assert told[0].startswith("panicpipe 0.")
    assert told[1:3] == [f"watching {place.dumps}", f"dump 1 {DUMP}: arriving"]
    assert f"dump 1 {DUMP}: package: made {place.zips / ZIP}" in told
    assert told[-2:] == ["stopping", "stopped"]


def test_a_second_daemon_is_refused_and_the_first_goes_on(place: Place) -> None:
    with place.start() as daemon:
        code, told = _ended(place)
        assert place.status()["running"]
        assert daemon.stop() < 5
    fault = f"{place.state}: another panicpipe daemon (pid {daemon.process.pid}) uses this state"
    assert (code, len(told)) == (7, 1)
    assert told[0].startswith(f"panicpipe: {fault} directory")


def test_all_that_is_wrong_with_the_configuration_is_told(place: Place) -> None:
    with place.config.open("a") as file:
        file.write("level = 99\n[stages.verify]\nunknown = 1\n")
    code, told = _ended(place)
    assert (code, len(told)) == (6, 2)
    assert all(line.startswith(f"panicpipe: {place.config}: stages.") for line in told)


def test_a_state_directory_that_others_can_write_to_is_refused(place: Place) -> None:
    place.state.mkdir(mode=0o700)
    place.state.chmod(0o777)
    assert _ended(place) == (
        6,
        [f"panicpipe: {place.state}: others can write to it; run: chmod go-w '{place.state}'"],
    )


def test_a_damaged_journal_is_told_in_one_line(place: Place) -> None:
    place.state.mkdir(mode=0o700)
    (place.state / "journal.sqlite3").write_bytes(b"U" * 90000)
    code, told = _ended(place)
    assert code == 5
    assert told[-1].startswith(f"panicpipe: {place.state}/journal.sqlite3: cannot ")
    assert not [line for line in told if "Traceback" in line]


@pytest.mark.parametrize(
    ("service", "parent", "answer"),
    [
        ({"XPC_SERVICE_NAME": "org.panicpipe.daemon"}, 1, True),
        ({"XPC_SERVICE_NAME": "org.panicpipe.daemon"}, 4711, False),
        ({"XPC_SERVICE_NAME": "0"}, 1, False),
        ({}, 1, False),
    ],
)
def test_launchd_is_known_by_its_variable_and_by_being_the_parent(
    service: dict[str, str], parent: int, answer: bool
) -> None:
    """Terminal sets the variable to 0, and what it starts inherits it."""
    assert under_launchd(service, parent) is answer


# The world that launchd, cron and forgetful shells give.


def test_it_needs_no_streams_no_home_no_path_and_no_current_directory(place: Place) -> None:
    script = 'mkdir gone; cd gone; rmdir ../gone; umask 0; exec "$0" run --config "$1" <&- >&- 2>&-'
    process = subprocess.Popen(
        ["/bin/sh", "-c", script, PANICPIPE, place.config],
        env={"PATH": "/usr/bin:/bin:/usr/sbin:/sbin"},
        cwd=place.root,
    )
    try:
        place.until(lambda status: status["done"])
    finally:
        process.terminate()
    assert process.wait(10) == 0
    modes = {
        place.state: 0o700,
        place.state / "journal.sqlite3": 0o600,
        place.zips: 0o750,
        place.zips / ZIP: 0o640,
    }
    assert {path: path.stat().st_mode & 0o777 for path in modes} == modes


def test_a_strict_umask_changes_no_mode(place: Place) -> None:
    process = _run(place, umask=0o077, stderr=subprocess.DEVNULL)
    try:
        place.until(lambda status: status["done"])
    finally:
        process.terminate()
    assert process.wait(10) == 0
    assert (place.zips / ZIP).stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("broken", [True, False], ids=["closed", "full"])
def test_a_log_that_nobody_reads_stops_nothing(place: Place, broken: bool) -> None:
    reader, writer = os.pipe()
    if broken:
        os.close(reader)
    else:
        _fill(writer)
    process = _run(place, stderr=writer)
    os.close(writer)
    try:
        place.until(lambda status: status["done"])
    finally:
        process.terminate()
    assert process.wait(10) == 0
    if not broken:
        os.close(reader)


def _fill(pipe: int) -> None:
    os.set_blocking(pipe, False)
    try:
        while True:
            os.write(pipe, b"x" * 4096)
    except BlockingIOError:
        os.set_blocking(pipe, True)


# Signals.


def test_asking_twice_stops_once(place: Place) -> None:
    with place.start() as daemon:
        place.until(lambda status: status["done"])
        daemon.process.terminate()
        daemon.process.terminate()
        assert daemon.process.wait(10) == 0
    assert daemon.log.count("stopping") == 1


def test_a_hang_up_is_no_reason_to_stop_a_service(place: Place) -> None:
    with place.start() as daemon:
        daemon.process.send_signal(signal.SIGHUP)
        place.until(lambda status: status["done"] and "SIGHUP" in daemon.log)
        assert place.status()["running"]
        daemon.stop()
        assert daemon.process.returncode == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP])
def test_a_daemon_on_a_terminal_ends_with_it_or_with_ctrl_c(
    place: Place, number: signal.Signals
) -> None:
    with Terminal(place.root, "run", "--config", place.config) as terminal:
        terminal.until("done; complete")
        terminal.signal(number)
        assert terminal.rest().splitlines()[-1].endswith(" stopped")
        assert terminal.process.returncode == 0


def test_with_nohup_it_outlives_its_terminal(place: Place) -> None:
    process = subprocess.Popen(
        ["nohup", PANICPIPE, "run", "--config", place.config],
        env=environment(place.root),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )
    place.until(lambda status: status["running"])
    process.send_signal(signal.SIGHUP)
    place.until(lambda status: status["done"])
    process.terminate()
    told = process.communicate(timeout=10)[1].decode()
    assert process.returncode == 0
    assert "SIGHUP" not in told


def test_an_output_directory_that_others_came_to_write_to_is_waited_for(place: Place) -> None:
    """No dump is lost over it, and no traceback is needed to say so."""
    with place.start() as daemon:
        place.until(lambda status: status["done"])
        place.zips.chmod(0o777)
        (place.dumps / name(2).decode()).write_bytes(gzip_core())
        waiting = place.until(lambda status: status["waiting"] and status["waiting"][0]["reason"])
        place.zips.chmod(0o750)
        place.until(lambda status: len(status["done"]) == 2)
    assert "others can write to it (mode 0777)" in waiting["waiting"][0]["reason"]
    assert "Traceback" not in daemon.log


def test_a_daemon_that_stops_at_once_stops_cleanly(place: Place) -> None:
    process = _run(place, stderr=subprocess.PIPE)
    place.until(lambda status: status["running"])
    time.sleep(0.1)
    process.terminate()
    told = process.communicate(timeout=10)[1].decode()
    assert process.returncode == 0
    assert "Traceback" not in told


def test_launchd_does_not_start_a_daemon_for_ever_on_a_newer_journal(tmp_path: Path) -> None:
    """Only a person can mend that, as with a configuration that cannot be used."""
    place = Place(tmp_path)
    Journal.open(_made(place.state)).close()
    with sqlite3.connect(place.state / FILE_NAME) as connection:
        connection.execute("PRAGMA user_version = 999")
    program = (
        "import os, sys; os.getppid = lambda: 1\n"
        "from pipeline.cli.main import call; sys.exit(call(sys.argv[1:]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, "run", "--config", str(place.config)],
        env={**os.environ, "XPC_SERVICE_NAME": "org.panicpipe.daemon"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "newer panicpipe" in done.stderr
    assert "not running until this is mended" in done.stderr


def _made(directory: Path) -> Path:
    directory.mkdir(mode=0o700)
    return directory
