from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from pipeline.daemon.state_directory import StateDirectory
from tests.cli.command import on_a_terminal, panicpipe
from tests.cli.journals import COMPLETE, LINE, ZIPS, name, written

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def _show(place: Path, number: int, *options: str) -> str:
    done = panicpipe(place, "--config", "panicpipe.toml", "show", str(number), *options)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def _fields(text: str) -> dict[str, str]:
    rows = (re.split(r"  +", line.strip(), maxsplit=1) for line in text.splitlines() if line)
    return {row[0]: row[1] for row in rows if len(row) == 2}


def test_a_done_dump_is_told_with_all_that_matters(full: Path) -> None:
    told = _fields(_show(full, 1))
    assert told["Dump"] == f"1: {name(1).decode()}"
    assert told["State"] == "done"
    assert told["Next"] == "attach this zip to a Feedback report"
    assert told["Zip"] == f"{ZIPS}/{name(1).decode().removesuffix('.gz')}.zip"
    assert told["Verdict"].startswith("complete: all 64.0 MiB are there")
    assert told["Panic"] == LINE
    assert told["Kexts"] == "com.example.driver.IOThing(1.2), com.example.other(3.4)"
    assert told["System"] == "macOS 15 (24E263)"
    assert told["Debug kit"] == "Kernel Debug Kit for build 24E263"
    assert (told["Mac"], told["Architecture"]) == ("10.0.40.1", "arm64")
    assert told["SHA-256"] == COMPLETE.sha256
    assert told["Transfer"].endswith(": its content proves it complete")
    assert told["package"].startswith("done, ")


def test_alerts_say_whether_they_were_sent_and_why_not(full: Path) -> None:
    told = _fields(_show(full, 1))
    assert told["night"].startswith("dump.complete, sent ")
    owed = "dump.complete, owed: the server did not answer within 30 s; tried once; "
    assert told["ops/slack-1f0c"] == f"{owed}goes on when the daemon runs"
    with StateDirectory.acquire(full / "state"):
        told = _fields(_show(full, 1))
    assert re.fullmatch(rf"{owed}next try in \d+ s", told["ops/slack-1f0c"])


def test_a_parked_dump_says_why_and_what_to_do(full: Path) -> None:
    told = _fields(_show(full, 6))
    assert told["State"].startswith("parked: package: the chain's next stage says")
    assert told["Next"] == "mend the cause, then run: panicpipe retry 6"
    assert told["package"].startswith("failed once: the chain's next stage says")


def test_a_waiting_dump_says_what_for_and_how_often_it_failed(full: Path) -> None:
    with StateDirectory.acquire(full / "state"):
        told = _fields(_show(full, 7))
    state = r"waiting: package: No space left on device; next try in 2 min \d s"
    assert re.fullmatch(state, told["State"])
    assert told["package"] == "failed 3 times: No space left on device"


def test_a_dump_that_arrives_tells_what_is_known_of_it_so_far(full: Path) -> None:
    with StateDirectory.acquire(full / "state"):
        told = _fields(_show(full, 8))
    assert told["State"].startswith("arriving 43 % of 64.0 MiB, 488.3 KiB/s")
    assert (told["Panic"], told["Architecture"]) == (LINE, "arm64")
    assert "Panic" not in _fields(_show(full, 8))


def test_revisions_name_each_other(full: Path) -> None:
    assert _fields(_show(full, 2))["Next"] == "the file has changed since: see dump 3"
    assert _fields(_show(full, 3))["Revision"] == "2: the file of dump 2, which has changed"


def test_a_worker_s_deaths_are_told(state: Path) -> None:
    to = written(state)
    row = to.dump(name(1))
    for _ in range(2):
        to.journal.steps.die(row.id, "read", "the worker was ended by SIGKILL")
    told = _fields(_show(state.parent, row.id))
    assert told["read"] == "its worker died twice: the worker was ended by SIGKILL"


def test_hostile_text_is_shown_escaped(full: Path) -> None:
    text = _show(full, 9)
    assert "9: core\\x0a\\x1b[2J-\\xff-\\u202egpj" in text
    assert "\x1b" not in text


def test_a_terminal_of_80_columns_is_enough(full: Path) -> None:
    text = on_a_terminal(
        full, "--config", "panicpipe.toml", "show", "2", env={"COLUMNS": "80", "LINES": "24"}
    )
    long = [line for line in ESCAPE.sub("", text).splitlines() if len(line) > 80]
    assert [line.split()[0] for line in long] == ["Zip"]


def test_json_is_one_object_with_all_of_it(full: Path) -> None:
    value: dict[str, Any] = json.loads(_show(full, 1, "--json"))
    assert (value["id"], value["name"], value["state"]) == (1, name(1).decode(), "done")
    assert (value["client"], value["live"]) == ("10.0.40.1", None)
    assert value["inspection"]["panic"]["line"] == LINE
    assert [step["stage"] for step in value["steps"]] == ["verify", "package"]
    assert value["artifacts"][0]["path"].startswith(ZIPS)
    assert [alert["sent"] is None for alert in value["alerts"]] == [True, False]
    assert "raw_name" not in value


@pytest.mark.parametrize(
    ("number", "code"), [("99", 1), ("0", 2), ("x", 2), ("9" * 30, 2), ("", 2)]
)
def test_an_unknown_number_is_one_fault_and_no_number_another(
    full: Path, number: str, code: int
) -> None:
    done = panicpipe(full, "--config", "panicpipe.toml", "show", number)
    assert (done.stdout, done.returncode) == ("", code)
    if code == 1:
        assert done.stderr == "panicpipe: there is no dump 99; see `panicpipe status --all`\n"
