"""The installed daemon tells what happens on a dump's way, once, also across its own death."""

from __future__ import annotations

import json
import shutil
import sqlite3
import time
from pathlib import Path
from typing import Any

from tests.daemon.harness import LOG, PATIENCE, Place, go_on, python_path

NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
OTHER = "core-xnu-11417.101.15-10.0.40.8-1f0c3a9f.gz"
LOG_NAME = "paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"
EVERYTHING = '[notifiers.ops]\nuse = "deaf"\nevents = ["*", "!daemon.crashed"]\n'
PLUGINS = python_path(Path(__file__).parent / "plugins")


def alerts(place: Place) -> list[dict[str, Any]]:
    """Every alert that was ever owed, in order."""
    if not (place.state / "journal.sqlite3").exists():
        return []
    with sqlite3.connect(f"file:{place.state}/journal.sqlite3?mode=ro", uri=True) as connection:
        rows = connection.execute("SELECT alert FROM outbox ORDER BY id").fetchall()
    return [json.loads(alert) for (alert,) in rows]


def until_owed(place: Place, *events: str) -> list[dict[str, Any]]:
    end = time.monotonic() + PATIENCE
    while [alert["event"] for alert in alerts(place)] != list(events):
        assert time.monotonic() < end, alerts(place)
        time.sleep(0.1)
    return alerts(place)


def test_a_core_that_is_coming_is_told_once_also_by_the_next_daemon(
    tmp_path: Path, core: Path
) -> None:
    place = Place(tmp_path, settle=60, extra=EVERYTHING)
    with place.start(PYTHONPATH=PLUGINS) as daemon:
        sender = place.grow(core, NAME, pause=0.01, stop_at=200_000, then="go on")
        until_owed(place, "transfer.started")
        daemon.kill()
    with place.start(PYTHONPATH=PLUGINS):
        place.until(lambda status: status["in_flight"])
        go_on(sender)
        started, complete = until_owed(place, "transfer.started", "dump.complete")
    assert started["client"] == "10.0.40.7"
    assert complete["supersedes"] == ["transfer:1", "failure:1"]
    lines = dict(complete["lines"])
    assert lines["Frames"].startswith("0x")
    assert lines["Debug kit"] == "Kernel Debug Kit for build 24E248"


def test_files_found_at_start_are_not_coming(tmp_path: Path, core: Path) -> None:
    """Not even one that is cut short, of which nobody can say at first that it is over."""
    place = Place(tmp_path, settle=2.0, extra=EVERYTHING)
    shutil.copy(core, place.dumps / NAME)
    (place.dumps / OTHER).write_bytes(core.read_bytes()[:100_000])
    with place.start(PYTHONPATH=PLUGINS):
        place.until(lambda status: len(status["done"]) == 2)
    assert sorted(alert["event"] for alert in alerts(place)) == ["dump.complete", "dump.incomplete"]


def test_a_stage_that_keeps_failing_is_told_once_across_restarts(tmp_path: Path) -> None:
    """And what comes of it in the end, which makes that old news."""
    place = Place(tmp_path, retry=0.1, extra=EVERYTHING)
    place.zips.write_text("a file where the directory should be")
    (place.dumps / LOG_NAME).write_bytes(LOG)
    with place.start(PYTHONPATH=PLUGINS) as daemon:
        (failed,) = until_owed(place, "stage.failed")
        daemon.kill()
    with place.start(PYTHONPATH=PLUGINS) as daemon:
        tried = daemon.log.count("; next try in")
        place.until(lambda _: daemon.log.count("; next try in") > tried)
        place.zips.unlink()
        _, complete = until_owed(place, "stage.failed", "dump.complete")
    lines = dict(failed["lines"])
    assert lines["Stage"] == "package"
    assert "failed 3 times so far" in lines["Next try"]
    assert failed["topic"] in complete["supersedes"]
