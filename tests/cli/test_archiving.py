"""What `status`, `show` and `retry` say of dumps on their way to the archive, and in it."""

from __future__ import annotations

import dataclasses
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.journal import Journal
from pipeline.journal.rows import LiveRow, State
from pipeline.model import Alert
from tests.cli.command import environment, panicpipe
from tests.cli.journals import BUCKET, SPOOL, ZIPS, Written, name, written

FAULT = "the endpoint s3.example.com does not answer; look at endpoint_url"


@pytest.fixture
def to(state: Path) -> Written:
    chain = '["verify", "package", "compress", "upload"]'
    with (state.parent / "panicpipe.toml").open("a") as file:
        file.write(f"[pipeline]\nstages = {chain}\n")
    return written(state)


def _told(place: Path, *command: str) -> str:
    done = panicpipe(place, "--config", "panicpipe.toml", *command)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def _value(place: Path, *command: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_told(place, *command, "--json"))
    return value


def _fields(text: str) -> dict[str, str]:
    rows = (re.split(r"  +", line.strip(), maxsplit=1) for line in text.splitlines() if line)
    return {row[0]: row[1] for row in rows if len(row) == 2}


def _section(text: str, heading: str) -> list[str]:
    part = next(part for part in text.split("\n\n") if part.startswith(heading))
    return [line.strip() for line in part.splitlines()[1:]]


def test_an_announced_dump_that_waits_says_for_what_and_where_its_zip_is(
    tmp_path: Path, to: Written
) -> None:
    row = to.owed_to_the_archive(name(1), FAULT)
    with StateDirectory.acquire(tmp_path / "state"):
        text = _told(tmp_path, "status")
        head, verdict, waits, zip_ = _section(text, "To be archived")
        assert head == f"{row.id}  {row.name}"
        assert verdict == "complete"
        assert re.fullmatch(rf"upload: {FAULT}; tried 4 times; next try in 2 min \d s", waits)
        assert zip_.startswith(ZIPS)
        assert "Waiting" not in text
        value = _value(tmp_path, "status")
    (archiving,) = value["archiving"]
    assert (archiving["step"], archiving["attempts"]) == ("upload", 4)
    assert (archiving["state"], archiving["verdict"]) == ("archiving", "complete")
    assert archiving["reason"] == f"upload: {FAULT}"
    assert archiving["next_try"] > archiving["announced"]
    assert archiving["artifacts"]["zip"] == zip_
    assert archiving["artifacts"]["archive"].startswith(SPOOL)
    assert value["waiting"] == []


def test_one_whose_turn_has_not_come_names_the_step(tmp_path: Path, to: Written) -> None:
    to.announced(name(1))
    text = _told(tmp_path, "status")
    assert "upload: waits for its turn; goes on when the daemon runs" in text
    assert _value(tmp_path, "status")["archiving"][0]["step"] == "upload"


def test_what_is_owed_is_summed_up_first(tmp_path: Path, to: Written) -> None:
    for number in range(3):
        to.owed_to_the_archive(name(number), FAULT)
    row = to.archived(name(4))
    to.owe(row, "ops")
    to.journal.outbox.owe(None, ["ops"], Alert(event="disk.low", what="4.0 GiB left"), to.now)
    text = _told(tmp_path, "status")
    assert text.splitlines()[1] == "Owed: 3 dumps to the archive (48.4 MiB), 2 alerts."
    assert _section(text, "Alerts owed")[2:4] == ["disk.low to ops", "4.0 GiB left"]
    value = _value(tmp_path, "status")
    assert value["owed"] == {"archives": 3, "archive_bytes": 3 * 16_900_000, "alerts": 2}
    assert [(owed["dump"], owed["event"]) for owed in value["alerts_owed"]] == [
        (row.id, "dump.complete"),
        (None, "disk.low"),
    ]


def test_where_nothing_is_owed_no_line_says_so(tmp_path: Path, to: Written) -> None:
    to.archived(name(1))
    assert "Owed" not in _told(tmp_path, "status")


def test_an_upload_under_way_tells_how_far_and_how_fast_it_is(tmp_path: Path, to: Written) -> None:
    row = to.announced(name(1))
    live = LiveRow(
        dump=row.id,
        phase="upload",
        done=4 << 20,
        total=16 << 20,
        bytes=4 << 20,
        rate=1 << 20,
        updated=to.now,
        facts={},
    )
    to.journal.live.report(live)
    progress = "upload 25 % of 16.0 MiB, 1.0 MiB/s, about 12 s left"
    with StateDirectory.acquire(tmp_path / "state"):
        text = _told(tmp_path, "status")
        assert _section(text, "In flight")[1] == progress
        assert ZIPS in text
        assert "To be archived" not in text
        assert text.splitlines()[1] == "Owed: 1 dump to the archive (16.1 MiB)."
        assert _fields(_told(tmp_path, "show", "1"))["State"] == progress
        to.journal.live.report(dataclasses.replace(live, updated=to.now - 90))
        assert re.search(
            r"upload 25 % of 16.0 MiB, nothing new for 1 min", _told(tmp_path, "status")
        )


def test_show_tells_of_a_waiting_upload_that_its_zip_can_be_used(
    tmp_path: Path, to: Written
) -> None:
    to.owed_to_the_archive(name(1), FAULT)
    told = _fields(_told(tmp_path, "show", "1"))
    expected = f"announced, to be archived: upload: {FAULT}; tried 4 times; goes on when the daemon"
    assert told["State"].startswith(expected)
    assert told["Next"] == "attach this zip to a Feedback report"
    assert told["Announced"].startswith("20")
    assert told["upload"] == f"failed 4 times: {FAULT}"


def test_show_tells_where_a_dump_is_archived_and_what_the_steps_found(
    tmp_path: Path, to: Written
) -> None:
    row = to.archived(name(1))
    text = _told(tmp_path, "show", "1")
    told = _fields(text)
    assert told["Archived at"] == f"{BUCKET}/{row.id}.zst"
    assert re.fullmatch(r"core-.*\.zst, removed 20.*: released by upload", told["Work file"])
    assert "Archive" not in told, "nobody is to think that the archive is gone"
    found = [line.strip() for line in text.split("Steps\n")[1].splitlines()]
    assert "64.0 MiB became 16.0 MiB, 25.0 %" in found
    assert f"SHA-256 of the content: {'c0de' * 16}" in found
    assert f"{BUCKET}/{row.id}.zst: 16.0 MiB" in found
    assert "checksum: CRC64NVME AbC=" in found
    assert f"{BUCKET}/{row.id}.zst" in _told(tmp_path, "status")


def test_json_tells_what_is_archived_and_what_was_removed(tmp_path: Path, to: Written) -> None:
    row = to.archived(name(1))
    to.journal.removals.intend_core(row.id, "older than 30 days")
    to.journal.removals.complete_core(row.id, to.now)
    shown, status = _value(tmp_path, "show", "1"), _value(tmp_path, "status")
    assert shown["archives"] == status["done"][0]["archives"] == [f"{BUCKET}/{row.id}.zst"]
    assert [made["kind"] for made in shown["artifacts"]] == ["zip"]
    (removed,) = shown["removed_artifacts"]
    assert removed["path"].startswith(f"{SPOOL}/core-")
    assert (removed["removed_why"], removed["removed"] is None) == ("released by upload", False)
    assert shown["removed_why"] == status["done"][0]["removed_why"] == "older than 30 days"


def test_a_core_that_retention_removed_is_told_with_when_and_why(
    tmp_path: Path, to: Written
) -> None:
    row = to.archived(name(1))
    to.journal.removals.intend_core(row.id, "older than 30 days")
    assert _fields(_told(tmp_path, "show", "1"))["Dump file"] == "to be removed: older than 30 days"
    to.journal.removals.complete_core(row.id, to.now)
    assert re.fullmatch(
        r"removed 20.*: older than 30 days", _fields(_told(tmp_path, "show", "1"))["Dump file"]
    )
    assert re.search(r"dump removed 20.*: older than 30 days", _told(tmp_path, "status"))


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({"already_there": True}, r"s3://panics/lab/1.zst: 16.0 MiB, was there already, nothing"),
        ({"recipients": ["age1abc", "age1def"]}, "encrypted to age1abc, age1def"),
        ({"url": "s3://b/\x1b[2J\n"}, r"s3://b/\\x1b\[2J"),
        ({"url": 7, "size": "x", "checksum": []}, "upload +done"),
    ],
)
def test_facts_of_any_kind_are_told_safely(
    tmp_path: Path, to: Written, facts: dict[str, Any], told: str
) -> None:
    to.archived(name(1), **facts)
    text = _told(tmp_path, "show", "1") + _told(tmp_path, "status")
    assert re.search(told, text)
    assert "\x1b" not in text


def test_what_is_kept_as_it_came_is_not_said_to_have_become_something(
    tmp_path: Path, to: Written
) -> None:
    row = to.judged(name(1), to.journal.dumps.get(to.announced(name(2)).id).inspection)  # type: ignore[arg-type]
    facts = {"content_size": 100, "size": 100, "format": "as-is"}
    to.step(row, "compress", facts=facts)
    assert "100 bytes, kept as it came" in _told(tmp_path, "show", str(row.id))


def test_one_that_is_parked_on_its_way_to_the_archive_has_its_zip(
    tmp_path: Path, to: Written
) -> None:
    row = to.announced(name(1))
    to.journal.steps.fail(row.id, "upload", "access denied")
    to.journal.dumps.end(row.id, State.PARKED, "upload: access denied", to.now)
    parked = _section(_told(tmp_path, "status"), "Parked")
    assert "upload: access denied" in parked
    assert "announced; only the archive waits" in parked
    assert any(line.startswith(ZIPS) for line in parked)
    told = _fields(_told(tmp_path, "show", "1"))
    assert told["State"] == (
        "parked: upload: access denied; it was announced, only the archive waits"
    )
    assert _value(tmp_path, "status")["parked"][0]["artifacts"]["zip"].startswith(ZIPS)


def test_retry_has_an_owed_upload_tried_now(tmp_path: Path, to: Written) -> None:
    row = to.owed_to_the_archive(name(1), FAULT)
    with StateDirectory.acquire(tmp_path / "state"):
        told = _told(tmp_path, "retry", str(row.id))
    assert told == f"Dump {row.id} is taken up again now; see `panicpipe show {row.id}`.\n"
    assert [dump for _, _, dump in to.journal.requests.all()] == [row.id]


def test_one_that_went_before_it_was_archived_cannot_be_retried(
    tmp_path: Path, to: Written
) -> None:
    row = to.announced(name(1))
    to.journal.dumps.end(row.id, State.GONE, "the file was removed", to.now)
    done = panicpipe(tmp_path, "--config", "panicpipe.toml", "retry", str(row.id))
    assert done.returncode == 1
    assert "its file was removed before it was archived; what was announced is" in done.stderr
    assert any(line.startswith(ZIPS) for line in _section(_told(tmp_path, "status"), "Gone"))


@pytest.mark.parametrize(
    "command",
    [["status"], ["status", "--json"], ["show", "1"], ["show", "1", "--json"], ["retry", "1"]],
)
def test_looking_at_the_archive_s_dumps_loads_nothing_heavy(
    tmp_path: Path, to: Written, command: list[str]
) -> None:
    to.owed_to_the_archive(name(1), FAULT)
    code = (
        "import sys; from pipeline.cli import main;"
        "main.call(sys.argv[1:]);"
        "heavy = {'pydantic', 'boto3', 'botocore', 'awscrt', 'pyrage', 'zstandard', 'asyncio'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", "panicpipe.toml", *command],
        env=environment(tmp_path),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
    assert isinstance(Journal.read(tmp_path / "state").dumps.get(1).announced, float)
