"""What the machine around the daemon does to it: disks, clocks, locks, and other people's files."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.daemon.harness import LOG, Place, python_path

SABOTAGE = Path(__file__).parent / "sabotage"
NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
LOG_NAME = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"
LIMIT = 5.0
"""Seconds in which the daemon must stop, whatever happens."""


def test_a_file_from_the_far_future_is_a_dump_like_any_other(place: Place, core: Path) -> None:
    """Anybody who can write there can give a file such a time."""
    with place.start():
        shutil.copy(core, place.dumps / NAME)
        os.utime(place.dumps / NAME, ns=(0, 13_500_000_000 * 10**9))
        done = place.until(lambda status: status["done"])["done"]
    assert [dump["verdict"] for dump in done] == ["complete"]


def test_a_locked_journal_does_not_keep_it_from_stopping(place: Place, core: Path) -> None:
    """SQLite waits for longer than that, and nothing else runs meanwhile."""
    with place.start() as daemon:
        connection = sqlite3.connect(place.state / "journal.sqlite3", isolation_level=None)
        connection.execute("BEGIN IMMEDIATE")
        shutil.copy(core, place.dumps / NAME)
        time.sleep(1.0)
        assert daemon.stop() < LIMIT
        connection.close()


def test_a_slow_disk_does_not_keep_it_from_stopping(place: Place, core: Path) -> None:
    with place.start(PYTHONPATH=python_path(SABOTAGE), PANICPIPE_TEST_SLOW_SYNC="20") as daemon:
        shutil.copy(core, place.dumps / NAME)
        place.until(lambda s: s["in_flight"] and s["in_flight"][0]["phase"] == "package")
        time.sleep(1.0)
        assert daemon.stop() < LIMIT
    with place.start():
        place.until(lambda status: status["done"])
    assert place.published() == [NAME.replace(".gz", ".zip")]


@pytest.fixture
def small_state(place: Place) -> Iterator[Path]:
    """The state directory on a volume that is quickly full."""
    place.state.mkdir(mode=0o700)
    command = ["mount", "-t", "tmpfs", "-o", "size=4m,mode=700", "tmpfs", str(place.state)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    yield place.state
    subprocess.run(["umount", "-l", place.state], check=False, capture_output=True)


def test_a_journal_without_room_is_waited_for(place: Place, core: Path, small_state: Path) -> None:
    """The daemon says so and goes on when there is room; it neither dies nor loses anything."""
    with place.start() as daemon:
        ballast = small_state / "ballast"
        ballast.write_bytes(b"")
        subprocess.run(["dd", "if=/dev/zero", f"of={ballast}"], check=False, capture_output=True)
        shutil.copy(core, place.dumps / NAME)
        end = time.monotonic() + 20
        while "disk is full" not in daemon.log:
            assert time.monotonic() < end, daemon.log
            time.sleep(0.1)
        assert "Traceback" not in daemon.log
        ballast.unlink()
        done = place.until(lambda status: status["done"])["done"]
        assert daemon.process.poll() is None
    assert [dump["verdict"] for dump in done] == ["complete"]
    assert place.published() == [NAME.replace(".gz", ".zip")]


def test_junk_does_not_keep_a_core_waiting(tmp_path: Path, core: Path) -> None:
    """Files of no known name that wait to settle take no place from one that kdumpd names."""
    place = Place(tmp_path, settle=3600)
    for number in range(150):
        (place.dumps / f"junk{number}").write_bytes(b"\x7fELF" + bytes(64))
    with place.start():
        place.until(lambda status: len(status["in_flight"]) + len(status["waiting"]) >= 128)
        shutil.copy(core, place.dumps / NAME)
        done = place.until(lambda status: status["done"])["done"]
    assert [dump["name"] for dump in done] == [NAME]


def test_a_log_that_is_written_to_for_ever_is_judged_ever_more_seldom(place: Place) -> None:
    """Each change a zip and an alert: that would fill the disk, and nobody would read them."""
    changes = 20
    with place.start():
        for _ in range(changes):
            for name in (LOG_NAME, "foreign.log"):
                with (place.dumps / name).open("ab") as file:
                    file.write(LOG if name == LOG_NAME else b"something happened\n")
            time.sleep(0.25)
        judged = place.until(
            lambda status: not status["in_flight"] and "ignored" in status["counts"]
        )
    counts = judged["counts"]
    assert 2 <= counts["done"] < changes / 2
    assert counts["ignored"] == 1


def test_a_finished_zip_waits_for_its_directory_though_its_dump_is_gone(
    tmp_path: Path, core: Path
) -> None:
    """Killed between a step's result and its file's name, while the output volume goes away."""
    place = Place(tmp_path, retry=30)
    shutil.copy(core, place.dumps / NAME)
    daemon = place.start(
        PYTHONPATH=python_path(SABOTAGE), PANICPIPE_TEST_KILL="after steps.intend 2"
    )
    assert daemon.process.wait(30) == -9
    (place.dumps / NAME).unlink()
    os.rename(place.zips, place.root / "away")
    place.zips.write_text("in the way")
    with place.start():
        waiting = place.until(lambda s: s["waiting"] and s["waiting"][0]["reason"])["waiting"]
        assert waiting[0]["reason"].startswith("package: ")
        place.zips.unlink()
        os.rename(place.root / "away", place.zips)
        place.panicpipe("retry", "1")
        done = place.until(lambda status: status["done"])["done"]
    assert [dump["verdict"] for dump in done] == ["complete"]
    assert place.published() == [NAME.replace(".gz", ".zip")]
    assert place.temporaries() == []


def test_a_zip_that_has_its_name_is_on_record_though_its_dump_has_changed(
    place: Place, core: Path
) -> None:
    """Killed after the zip got its name; then the rest of the dump came."""
    half = core.stat().st_size // 2
    (place.dumps / NAME).write_bytes(core.read_bytes()[:half])
    daemon = place.start(
        PYTHONPATH=python_path(SABOTAGE), PANICPIPE_TEST_KILL="before steps.complete 3"
    )
    assert daemon.process.wait(30) == -9
    shutil.copy(core, place.dumps / NAME)
    with place.start():
        place.until(lambda status: status["done"])
        first = json.loads(place.panicpipe("show", "1", "--json"))
    assert [os.path.basename(made["path"]) for made in first["artifacts"]] == [
        NAME.replace(".gz", "-incomplete.zip")
    ]
