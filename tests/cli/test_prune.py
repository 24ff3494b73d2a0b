"""`panicpipe prune`: every decision is explained, and carried out by whoever is in charge."""

from __future__ import annotations

import json
import os
import select
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.journal import Journal
from pipeline.model import Verdict
from tests.cli.command import panicpipe, without_rights
from tests.retention.records import Records, name

OLD, HALF = name(1, client="10.0.40.1"), name(2, client="10.0.40.2")
RULE = "[stages.retain.cores]\nmax_age_days = 0\n"


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Records]:
    """A complete core and half of another, with their zips, and a rule for cores."""
    (tmp_path / "state").mkdir(mode=0o700)
    records = Records(tmp_path, journal=Journal.open(tmp_path / "state"))
    configure(tmp_path, stages='["verify", "package", "retain"]')
    records.done(OLD)
    records.done(HALF, Verdict.TRUNCATED)
    yield records
    records.close()


def configure(place: Path, stages: str) -> None:
    (place / "panicpipe.toml").write_text(
        f'state_directory = "{place}/state"\n[pipeline]\nstages = {stages}\n'
        f'[source.directory]\npath = "{place}/dumps"\n{RULE}'
    )


def prune(kept: Records, *options: str) -> str:
    done = panicpipe(kept.dumps.parent, "--config", "panicpipe.toml", "prune", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def row(text: str, file: str) -> str:
    (line,) = (line for line in text.splitlines() if file in line)
    return " ".join(line.split())


def test_a_dry_run_explains_every_file_and_removes_none(kept: Records) -> None:
    told = prune(kept, "--dry-run")
    assert row(told, OLD).startswith("remove 1 4 bytes ")
    assert row(told, OLD).endswith(f"{kept.dumps}/{OLD} max_age_days is 0")
    assert row(told, HALF).startswith("keep 2 4 bytes ")
    assert row(told, HALF).endswith("incomplete, and no complete one came after it")
    assert row(told, "1.zip").endswith("no rule for zips")
    assert "Dumps, as kdumpd wrote them: 2 files, 8 bytes; " in told
    assert told.endswith("To be removed: 1 file, 4 bytes.\n")
    assert sorted(os.listdir(kept.dumps)) == sorted([OLD, HALF])


def test_a_dry_run_changes_nothing_in_the_journal(kept: Records) -> None:
    prune(kept, "--dry-run")
    assert kept.journal.dumps.get(1).removed_why is None
    assert kept.journal.requests.all() == []
    assert kept.journal.conditions.find("retention.clock:noted") is None


def test_for_programs_it_is_one_object(kept: Records) -> None:
    told: dict[str, Any] = json.loads(prune(kept, "--dry-run", "--json"))
    assert told["dry_run"] is True
    assert [each["file"] for each in told["remove"]] == [f"{kept.dumps}/{OLD}"]
    assert [(each["heap"], each["dump"]) for each in told["keep"]] == [
        ("cores", 2),
        ("zips", 1),
        ("zips", 2),
    ]
    assert told["keep"][0]["reason"] == "kept: incomplete, and no complete one came after it"
    assert told["free"]["cores"] > 0
    assert (told["asked"], told["removed"]) == (False, [])


def test_for_programs_it_removes_as_well(kept: Records) -> None:
    told: dict[str, Any] = json.loads(prune(kept, "--json"))
    assert [each["dump"] for each in told["removed"]] == [1]
    assert os.listdir(kept.dumps) == [HALF]


def test_without_a_daemon_it_removes_by_itself(kept: Records) -> None:
    assert prune(kept).endswith("\nRemoved 1 file, 4 bytes; the records stay.\n")
    assert os.listdir(kept.dumps) == [HALF]
    assert kept.journal.dumps.get(1).removed_why == "max_age_days is 0"
    assert prune(kept).endswith("\nNothing is to be removed.\n")


def test_a_running_daemon_is_asked(kept: Records) -> None:
    with StateDirectory.acquire(kept.dumps.parent / "state") as state:
        assert "The running daemon is asked to do that now" in prune(kept)
        assert select.select([state.wake_fd], [], [], 0)[0]
    assert [action for _, action, _ in kept.journal.requests.all()] == ["prune"]
    assert len(os.listdir(kept.dumps)) == 2


def test_where_nothing_is_to_go_nobody_is_asked(kept: Records) -> None:
    (kept.dumps / OLD).unlink()
    with StateDirectory.acquire(kept.dumps.parent / "state"):
        assert prune(kept).endswith("Nothing is to be removed.\n")
    assert kept.journal.requests.all() == []


def test_without_a_stage_that_decides_it_says_so(kept: Records) -> None:
    configure(kept.dumps.parent, stages='["verify", "package"]')
    told = prune(kept)
    assert told.startswith("Nothing is ever removed: no stage of the chain decides about it.")
    assert len(os.listdir(kept.dumps)) == 2


def test_without_the_right_to_it_says_to_use_sudo(public: Path) -> None:
    (public / "state").mkdir(mode=0o700)
    Journal.open(public / "state").close()
    if os.geteuid() != 0:
        (public / "state").chmod(0o500)
        pytest.skip("only root can make what others may not read")
    (public / "panicpipe.toml").write_text(f'state_directory = "{public}/state"\n')
    done = without_rights(public, "--config", str(public / "panicpipe.toml"), "prune")
    assert (done.returncode, done.stdout) == (5, "")
    assert done.stderr.endswith("permission denied; it belongs to the daemon's user: use sudo\n")
