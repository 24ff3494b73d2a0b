"""SIGKILL at any moment, to daemon and workers, and everything ends as it would have."""

from __future__ import annotations

import hashlib
import json
import os
import random
import shutil
import time
import zipfile
from collections import Counter
from pathlib import Path

import pytest
from pytest_httpserver import HTTPServer

from tests.daemon.harness import (
    LOG,
    Daemon,
    Place,
    go_on,
    kill_quietly,
    python_path,
    worker_of,
)

HERE = Path(__file__).parent
READ = {("read", "done")}  # on record only where it did not go smoothly
ABOUT_DUMPS = 'events = ["*", "!daemon.crashed"]\n'
DUMPS = 8
KILLS = 8


def name(number: int) -> str:
    return f"core-xnu-11417.101.15-10.0.40.{number}-1f0c3a{number:02x}.gz"


def end_state(place: Place) -> dict[str, object]:
    """What remains of all work: for every dump its verdict, its zip's content, its steps."""
    state: dict[str, object] = {}
    for dump in place.status()["done"]:
        shown = json.loads(place.panicpipe("show", str(dump["id"]), "--json"))
        zips = [made["path"] for made in shown["artifacts"]]
        assert len(zips) == 1
        with zipfile.ZipFile(zips[0]) as archive:
            entry = next(item for item in archive.infolist() if item.filename != "dump.json")
            digest = hashlib.sha256(archive.read(entry)).hexdigest()
        steps = sorted({(step["stage"], step["state"]) for step in shown["steps"]} | READ)
        state[dump["name"]] = (dump["verdict"], digest, os.path.basename(zips[0]), steps)
    return state


def announced(server: HTTPServer) -> Counter[str]:
    """How often an alert about each dump has reached the endpoint."""
    bodies = [json.loads(request.get_data())["message"] for request, _ in server.log]
    files = [line for body in bodies for line in body.splitlines() if line.startswith("File: ")]
    return Counter(line.split()[1].rstrip(",") for line in files)


def notifying(server: HTTPServer) -> str:
    """Configuration of a route to this endpoint."""
    server.expect_request("/alerts", method="POST").respond_with_data("ok")
    url = f"json://{server.host}:{server.port}/alerts"
    return f'[notifiers.ops]\nuse = "apprise"\nurls = ["{url}"]\n{ABOUT_DUMPS}'


def settle(place: Place, count: int) -> None:
    place.until(lambda s: len(s["done"]) == count and not s["in_flight"] and not s["waiting"])


@pytest.fixture
def undisturbed(tmp_path: Path, core: Path) -> dict[str, object]:
    """The end state of the same dumps when nothing is killed."""
    root = tmp_path / "undisturbed"
    root.mkdir()
    place = Place(root)
    fill(place, core)
    with place.start():
        settle(place, DUMPS)
        return end_state(place)


def fill(place: Place, core: Path) -> None:
    """Whole cores, and some that stop early."""
    data = core.read_bytes()
    for number in range(DUMPS):
        cut = len(data) // 2 if number % 4 == 3 else len(data)
        (place.dumps / name(number)).write_bytes(data[:cut])


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_a_killed_daemon_loses_and_repeats_nothing(
    tmp_path: Path,
    core: Path,
    undisturbed: dict[str, object],
    httpserver: HTTPServer,
    seed: int,
) -> None:
    """Every zip is there once, whole at every moment, and every outcome is announced once."""
    chance = random.Random(seed)
    root = tmp_path / "killed"
    root.mkdir()
    place = Place(root, extra=notifying(httpserver))
    fill(place, core)
    for _ in range(KILLS):
        daemon = place.start()
        time.sleep(0.4 + chance.random() * 0.8)
        daemon.kill()
        check_published(place)
    with place.start():
        settle(place, DUMPS)
        assert end_state(place) == undisturbed
        place.until(lambda status: not status["alerts_owed"])
    assert place.temporaries() == []
    assert announced(httpserver) == {name(number): 1 for number in range(DUMPS)}


@pytest.mark.slow
def test_killed_workers_lose_and_repeat_nothing(
    tmp_path: Path, core: Path, undisturbed: dict[str, object]
) -> None:
    """A dump whose workers died twice is parked; a retry brings it to the same end."""
    chance = random.Random(7)
    root = tmp_path / "killed"
    root.mkdir()
    place = Place(root)
    with place.start() as daemon:
        fill(place, core)
        for _ in range(KILLS):
            time.sleep(chance.random() * 0.2)
            worker = worker_of(daemon)
            if worker is not None:
                kill_quietly(worker)
        place.until(lambda s: not s["in_flight"] and not s["waiting"] and s["done"])
        for dump in place.status()["parked"]:
            assert "died" in dump["reason"]
            place.panicpipe("retry", str(dump["id"]))
        settle(place, DUMPS)
        assert end_state(place) == undisturbed
    assert place.temporaries() == []


def check_published(place: Place) -> None:
    """Whatever stands under a final name is whole."""
    for made in place.published():
        with zipfile.ZipFile(place.zips / made) as archive:
            assert archive.testzip() is None


STEPS = [
    "dumps.add 1",
    "dumps.judge 1",
    "steps.intend 1",
    "steps.intend 2",  # the second stage makes a file
    "steps.complete 3",  # after reading and the first stage
    "dumps.end 1",
    "outbox.owe 1",
]


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("step", STEPS)
def test_a_kill_at_each_boundary_is_mended(
    tmp_path: Path, core: Path, step: str, when: str
) -> None:
    """Every place in which the journal is written, just before and just after."""
    nobody = '[notifiers.ops]\nuse = "apprise"\nurls = ["json://127.0.0.1:9"]\n'
    place = Place(tmp_path, extra=nobody + ABOUT_DUMPS)
    (place.dumps / name(1)).write_bytes(core.read_bytes())
    daemon = place.start(
        PYTHONPATH=python_path(HERE / "sabotage"),
        PANICPIPE_TEST_KILL=f"{when} {step}",
    )
    assert daemon.process.wait(30) == -9
    check_published(place)
    with place.start():
        settle(place, 1)
        status = place.status()
    assert status["done"][0]["verdict"] == "complete"
    assert place.published() == [name(1).replace(".gz", ".zip")]
    assert place.temporaries() == []
    assert [owed["dump"] for owed in status["alerts_owed"]] == [1]


def test_the_daemon_stops_within_five_seconds_whatever_a_stage_does(tmp_path: Path) -> None:
    place, daemon = hanging(tmp_path)
    assert daemon.stop() < 5
    assert daemon.process.returncode == 0
    assert daemon.children() == []
    assert place.temporaries() == []


def hanging(root: Path) -> tuple[Place, Daemon]:
    """A daemon with a stage at work that makes half a file and hangs, deaf to SIGTERM."""
    place = Place(
        root, stages=["verify", "hangs"], extra=f'[stages.hangs]\ndirectory = "{root}/zips"\n'
    )
    (place.dumps / "paniclog-xnu-1.2-10.0.0.1-ab").write_bytes(LOG)
    daemon = place.start(PYTHONPATH=python_path(HERE / "plugins"))
    place.until(lambda s: s["in_flight"] and s["in_flight"][0]["phase"] == "hangs")
    return place, daemon


def test_workers_are_gone_soon_after_a_killed_daemon(tmp_path: Path) -> None:
    _, daemon = hanging(tmp_path)
    assert daemon.children()
    daemon.kill()
    end = time.monotonic() + 10
    while daemon.children():
        assert time.monotonic() < end
        time.sleep(0.05)


def test_a_dead_parent_of_workers_is_replaced(tmp_path: Path, core: Path) -> None:
    """It was nobody's fault but its own: no death is counted."""
    place = Place(tmp_path, settle=10)
    with place.start() as daemon:
        sender = place.grow(core, name(1), stop_at=100_000, then="go on")
        place.until(lambda status: status["in_flight"])
        worker = worker_of(daemon)
        for pid in daemon.children():
            if pid != worker:
                kill_quietly(pid)
        go_on(sender)
        done = place.until(lambda status: status["done"])["done"][0]
        shown = json.loads(place.panicpipe("show", "1", "--json"))
    assert done["verdict"] == "complete"
    assert "read" not in {step["stage"] for step in shown["steps"]}


def test_a_retry_reaches_a_running_daemon(tmp_path: Path) -> None:
    """Nothing can be published into a directory that is a file; then it can."""
    place = Place(tmp_path, retry=300)
    place.zips.write_text("in the way")
    with place.start():
        (place.dumps / "paniclog-xnu-1.2-10.0.0.1-ab").write_bytes(LOG)
        waiting = place.until(lambda s: s["waiting"] and s["waiting"][0]["reason"])["waiting"][0]
        assert "package" in waiting["reason"]
        place.zips.unlink()
        place.panicpipe("retry", "1")
        place.until(lambda status: status["done"])
    assert len(place.published()) == 1


def test_a_second_daemon_is_refused(place: Place) -> None:
    with place.start():
        second = place.start()
        assert second.process.wait(20) == 7
        assert "another panicpipe daemon" in second.log


def test_a_full_disk_loses_nothing(tmp_path: Path, core: Path) -> None:
    """Packaging waits for room; nothing half-made stays behind."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("needs root to mount a small volume")
    place = Place(tmp_path)
    place.zips.mkdir(mode=0o750)
    if os.system(f"mount -t tmpfs -o size=64k,mode=750 tmpfs {place.zips} 2>/dev/null") != 0:
        pytest.skip("cannot mount here")
    try:
        with place.start():
            (place.dumps / name(1)).write_bytes(core.read_bytes())
            waiting = place.until(lambda s: s["waiting"] and s["waiting"][0]["reason"])["waiting"]
            assert "No space left" in waiting[0]["reason"]
            assert (place.published(), place.temporaries()) == ([], [])
            os.system(f"mount -o remount,size=64m {place.zips}")
            place.until(lambda status: status["done"])
            check_published(place)
            assert len(place.published()) == 1
    finally:
        os.system(f"umount {place.zips}")
