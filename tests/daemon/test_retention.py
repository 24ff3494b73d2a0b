"""Retention in the installed daemon: what it removes, what a crash leaves, what others plant."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import time
from pathlib import Path

import pytest

from tests.daemon.harness import PATIENCE, Place, python_path
from tests.strangers import install

SABOTAGE = Path(__file__).parent / "sabotage"
NAME = "core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"
OTHER = "core-xnu-11417.101.15-10.0.40.8-1f0c3a9e.gz"
ZIP = NAME.replace(".gz", ".zip")
DAY = 86400.0
BROKEN = """
from dataclasses import dataclass
from pipeline import Retention, StepResult

@dataclass(frozen=True, kw_only=True)
class Broken(Retention):
    background = True
    def run(self, dump, work):
        return StepResult()
    def decide(self, holdings, free, now):
        raise LookupError("no idea")
"""


def keeping(root: Path, days: float, *, heap: str = "cores", more: str = "") -> Place:
    """A daemon's place with a rule by age."""
    return Place(
        root,
        stages=("verify", "package", "retain"),
        extra=f"[stages.retain.{heap}]\nmax_age_days = {days}\n{more}",
    )


def make_older(place: Place, days: float) -> None:
    """Let all dumps have come that much earlier."""
    with sqlite3.connect(place.state / "journal.sqlite3") as connection:
        connection.execute("UPDATE dumps SET finished = finished - ?", (days * DAY,))


def shown(place: Place, number: int = 1) -> dict[str, object]:
    record: dict[str, object] = json.loads(place.panicpipe("show", str(number), "--json"))
    return record


def removed(place: Place, number: int = 1) -> bool:
    with sqlite3.connect(place.state / "journal.sqlite3") as connection:
        query = "SELECT removed FROM dumps WHERE id = ?"
        row = connection.execute(query, (number,)).fetchone()
    return row is not None and row[0] is not None


def until_removed(place: Place, number: int = 1) -> None:
    end = time.monotonic() + PATIENCE
    while not removed(place, number):
        assert time.monotonic() < end, place.panicpipe("prune", "--dry-run")
        time.sleep(0.05)


def test_a_core_that_is_too_old_is_removed_and_its_record_stays(tmp_path: Path, core: Path) -> None:
    place = keeping(tmp_path, 30)
    shutil.copy(core, place.dumps / NAME)
    with place.start():
        place.until(lambda status: status["done"])
    assert (place.dumps / NAME).exists()
    make_older(place, 41)
    shutil.copy(core, place.dumps / OTHER)
    with place.start() as daemon:
        until_removed(place)
        place.until(lambda status: len(status["done"]) == 2)
        assert os.listdir(place.dumps) == [OTHER]
        assert place.published() == [ZIP, OTHER.replace(".gz", ".zip")]
        assert shown(place)["removed_why"] == "older than 30 days (41 days)"
        assert shown(place)["state"] == "done"
    counts = place.status()["counts"]
    assert counts == {"done": 2}  # neither gone nor arrived anew
    assert f"{NAME} (" in daemon.log
    assert "removed: older than 30 days (41 days)" in daemon.log


def test_a_zip_can_go_and_the_dump_stays(tmp_path: Path, core: Path) -> None:
    place = keeping(tmp_path, 0, heap="zips")
    shutil.copy(core, place.dumps / NAME)
    with place.start():
        place.until(lambda status: status["done"] and not place.published())
    assert os.listdir(place.dumps) == [NAME]
    assert not removed(place)
    assert "package" in place.panicpipe("show", "1")


@pytest.mark.parametrize(
    ("when", "is_there"),
    [("before removals.complete_core 1", False), ("after removals.intend_core 1", True)],
)
def test_killed_in_the_middle_it_knows_afterwards_what_has_become_of_the_file(
    tmp_path: Path, core: Path, when: str, is_there: bool
) -> None:
    place = keeping(tmp_path, 0)
    shutil.copy(core, place.dumps / NAME)
    daemon = place.start(PYTHONPATH=python_path(SABOTAGE), PANICPIPE_TEST_KILL=when)
    assert daemon.process.wait(30) == -9
    assert (place.dumps / NAME).exists() is is_there
    assert not removed(place)
    with place.start():
        until_removed(place)
        assert shown(place)["removed_why"] == "max_age_days is 0"
        assert not (place.dumps / NAME).exists()
        assert place.status()["counts"] == {"done": 1}


def test_a_new_dump_under_a_removed_ones_name_is_a_new_dump(tmp_path: Path, core: Path) -> None:
    """A fixed corename: with the inode of the one before, as file systems give them out again."""
    place = keeping(tmp_path, 0)
    with place.start():
        for number in (1, 2):
            shutil.copy(core, place.dumps / NAME)
            until_removed(place, number)
        assert [shown(place, number)["revision"] for number in (1, 2)] == [1, 1]
    assert place.status()["counts"] == {"done": 2}


def test_what_was_planted_under_a_dumps_name_is_not_removed(tmp_path: Path, core: Path) -> None:
    place = keeping(tmp_path, 30)
    for name in (NAME, OTHER):
        shutil.copy(core, place.dumps / name)
    with place.start():
        place.until(lambda status: len(status["done"]) == 2)
    make_older(place, 41)
    precious = tmp_path / "precious"
    (place.dumps / NAME).rename(precious)
    (place.dumps / NAME).symlink_to(precious)
    with place.start():
        until_removed(place, 2)
    assert precious.exists()
    assert (place.dumps / NAME).is_symlink()
    assert not removed(place, 1)


def test_an_incomplete_core_stays_until_a_complete_one_came_after_it(
    tmp_path: Path, core: Path
) -> None:
    place = keeping(tmp_path, 0)
    (place.dumps / NAME).write_bytes(core.read_bytes()[: core.stat().st_size // 2])
    with place.start():
        place.until(lambda status: status["done"])
        told = place.panicpipe("prune", "--dry-run")
        assert "incomplete, and no complete one came after it" in told
        shutil.copy(core, place.dumps / NAME.replace("1f0c3a9e", "1f0c3aff"))
        until_removed(place, 1)
        until_removed(place, 2)


def test_a_stranger_that_cannot_decide_has_nothing_removed_and_stops_nothing(
    tmp_path: Path, core: Path
) -> None:
    points = {"panicpipe.stages": {"broken": "broken_retention:Broken"}}
    site = install(tmp_path / "site", "strangers", points, {"broken_retention": BROKEN})
    place = Place(
        tmp_path,
        stages=("verify", "package", "retain", "broken"),
        extra="[stages.retain.cores]\nmax_age_days = 0\n",
    )
    shutil.copy(core, place.dumps / NAME)
    with place.start(PYTHONPATH=python_path(site)) as daemon:
        place.until(lambda status: status["done"] and "no idea" in daemon.log)
        shutil.copy(core, place.dumps / OTHER)
        place.until(lambda status: len(status["done"]) == 2)
    assert sorted(os.listdir(place.dumps)) == [NAME, OTHER]
    assert "Traceback" not in daemon.log


def test_while_the_archive_cannot_be_reached_everything_stays(tmp_path: Path, core: Path) -> None:
    rule = "max_age_days = 0\nmax_total_size = 1\n"
    place = Place(
        tmp_path,
        retry=30,
        stages=("verify", "package", "compress", "upload", "retain"),
        extra='[stages.upload]\nbucket = "panics"\nendpoint_url = "http://127.0.0.1:1"\n'
        + "".join(f"[stages.retain.{heap}]\n{rule}" for heap in ("cores", "zips", "spool")),
    )
    shutil.copy(core, place.dumps / NAME)
    with place.start(AWS_ACCESS_KEY_ID="k", AWS_SECRET_ACCESS_KEY="s", AWS_REGION="us-east-1"):
        place.until(lambda s: s["archiving"] and s["archiving"][0]["reason"])
        told = json.loads(place.panicpipe("prune", "--json"))
    assert told["remove"] == []
    assert [(each["heap"], each["kind"], each["reason"]) for each in told["keep"]] == [
        ("cores", "core", "kept: not archived yet"),
        ("zips", "zip", "kept: not archived yet"),
        ("spool", "archive", "kept: it is still being worked on"),
        ("spool", "record", "kept: it is still being worked on"),
    ]
    assert os.listdir(place.dumps) == [NAME]
    assert place.published() == [ZIP]
