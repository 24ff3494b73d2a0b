from __future__ import annotations

import json
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

from pipeline.cli.journals import only_root_has_one
from pipeline.daemon.state_directory import StateDirectory
from tests.cli.command import (
    PANICPIPE,
    Terminal,
    environment,
    on_a_terminal,
    panicpipe,
    without_rights,
)
from tests.cli.journals import COMPLETE, LINE, LONGEST, ZIPS, every_state, name, written

NARROW = {"COLUMNS": "80", "LINES": "24"}
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
ENTER, LEAVE = "\x1b[?1049h", "\x1b[?1049l"


def _status(place: Path, *options: str, code: int = 0) -> str:
    done = panicpipe(place, "--config", "panicpipe.toml", "status", *options)
    assert (done.stderr, done.returncode) == ("", code)
    return done.stdout


def _json(place: Path, *options: str) -> dict[str, Any]:
    value: dict[str, Any] = json.loads(_status(place, "--json", *options))
    return value


def _sections(text: str) -> dict[str, list[str]]:
    parts = [part.splitlines() for part in text.strip().split("\n\n")]
    return {part[0].partition(":")[0]: part[1:] for part in parts}


def _refused(place: Path, *arguments: str) -> str:
    done = panicpipe(place, "--config", "panicpipe.toml", *(arguments or ("status",)))
    assert (done.stdout, done.returncode, done.stderr.count("\n")) == ("", 5, 1)
    return done.stderr


def test_every_dump_is_under_the_heading_of_its_state(full: Path) -> None:
    with StateDirectory.acquire(full / "state"):
        told = _sections(_status(full))
    ids = {heading: [line.split()[0] for line in _heads(lines)] for heading, lines in told.items()}
    assert ids == {
        "The daemon is running.": [],
        "In flight": ["9", "8"],
        "Waiting": ["10", "7"],
        "Parked": ["6"],
        "Alerts owed": ["1"],
        "Done": ["5", "4", "3", "2", "1"],
        "Gone before all was done": ["11"],
        "Left alone": ["13", "12"],
    }


def _heads(lines: list[str]) -> list[str]:
    return [line for line in lines if re.match(r" +\d+  \S", line)]


def test_a_transfer_tells_how_far_it_is_and_who_panicked(full: Path) -> None:
    with StateDirectory.acquire(full / "state"):
        flying = "\n".join(_sections(_status(full))["In flight"])
    assert re.search(r"arriving 43 % of 64.0 MiB, 488.3 KiB/s, about \d+ s left", flying)
    assert LINE in flying


def test_a_transfer_that_has_fallen_silent_shows_no_rate(state: Path) -> None:
    to = written(state)
    to.in_flight(name(1), updated=time.time() - 30)
    with StateDirectory.acquire(state):
        told = _status(state.parent)
    assert re.search(r"arriving 43 % of 64.0 MiB, nothing new for 3\d s", told)


def test_what_a_killed_daemon_was_at_waits_for_the_next_one(full: Path) -> None:
    told = _sections(_status(full))
    assert "The daemon is NOT running" in told
    assert "In flight" not in told
    assert "not read yet; goes on when the daemon runs" in "\n".join(told["Waiting"])
    assert _json(full)["in_flight"] == []


def test_piped_nothing_is_cut_wrapped_or_coloured(full: Path) -> None:
    text = _status(full)
    assert text.splitlines().count(f"      {LINE}") == 4
    assert f"      {ZIPS}/{name(3).decode().removesuffix('.gz')}-incomplete.zip" in text
    assert LONGEST.decode() in text
    assert "\x1b" not in text


def test_hostile_names_are_shown_escaped(full: Path) -> None:
    text = _status(full)
    assert "core\\x0a\\x1b[2J-\\xff-\\u202egpj" in text
    assert "link\\x1b[31m: is a symbolic link" in text


def test_a_terminal_of_80_columns_is_enough(full: Path) -> None:
    """Only what has no spaces is longer, and stays whole for copying."""
    lines = ESCAPE.sub("", on_a_terminal(full, *_ARGUMENTS, env=NARROW)).splitlines()
    long = [line for line in lines if len(line) > 80]
    assert long
    assert all(" " not in line.strip().removeprefix("13  ") for line in long)
    assert not [line for line in lines if LINE in line]


_ARGUMENTS = ("--config", "panicpipe.toml", "status")


def test_colours_are_for_terminals_that_want_them(full: Path) -> None:
    assert "\x1b[32m      complete, 16.1 MiB" in on_a_terminal(full, *_ARGUMENTS, env=NARROW)
    plain = on_a_terminal(full, *_ARGUMENTS, env={**NARROW, "NO_COLOR": "1"})
    assert "complete, 16.1 MiB" in plain
    assert "\x1b" not in plain


def test_json_holds_all_of_it(full: Path) -> None:
    with StateDirectory.acquire(full / "state"):
        value = _json(full)
    assert value["running"] is True
    assert {key: len(value[key]) for key in value if isinstance(value[key], list)} == {
        "in_flight": 2,
        "waiting": 2,
        "archiving": 0,
        "low_on_room": 0,
        "server_down": 0,
        "routes": 0,
        "parked": 1,
        "gone": 1,
        "done": 5,
        "left_alone": 4,
        "alerts_owed": 1,
    }
    flying = value["in_flight"][1]
    assert (flying["id"], flying["phase"], flying["per_cent"]) == (8, "arriving", 43)
    assert value["in_flight"][0]["per_cent"] is None
    assert value["done"][0]["artifacts"] == {"zip": f"{ZIPS}/_panicd_corename.zip"}
    assert [dump["current"] for dump in value["done"]] == [True, True, True, False, True]
    assert value["alerts_owed"][0]["error"].startswith("the server did not answer")


def test_an_incomplete_dump_says_how_much_of_it_is_there(full: Path) -> None:
    reason = "only 12.3 MiB of 64.0 MiB are there: the gzip stream stops short of its end"
    assert f"truncated: {reason}, 16.1 MiB, 20" in _status(full)


def test_a_replaced_dump_names_what_replaced_it(full: Path) -> None:
    assert "the file has changed since: see dump 3" in _status(full)


def test_lists_that_grow_for_ever_are_short_unless_all_is_asked_for(state: Path) -> None:
    to = written(state)
    for number in range(7):
        to.done(name(number), COMPLETE)
    junk = {b"fifo%d" % number: "is a FIFO" for number in range(8)}
    to.journal.live.pass_over("directory", junk)
    short, whole = _status(state.parent), _status(state.parent, "--all")
    assert short.count("complete, 16.1") == 5
    assert "and 2 more: --all shows them" in short
    assert "and 3 more: --all shows them" in short
    assert whole.count("complete, 16.1") == 7
    assert whole.count("is a FIFO") == 8
    assert "more:" not in whole


def test_an_empty_journal_says_that_nothing_has_come(state: Path) -> None:
    written(state)
    assert f"No dump has come yet. The journal is in {state}." in _status(state.parent)
    assert _json(state.parent)["done"] == []


def test_without_a_journal_it_says_how_to_get_one(state: Path) -> None:
    assert "no journal there, so no daemon has run" in _refused(state.parent)


@pytest.mark.parametrize("command", [["status"], ["show", "1"], ["retry", "6"]])
def test_a_newer_journal_is_left_alone(full: Path, command: list[str]) -> None:
    connection = sqlite3.connect(full / "state/journal.sqlite3")
    connection.execute("PRAGMA user_version = 99")
    connection.close()
    assert "written by a newer panicpipe" in _refused(full, *command)


@pytest.mark.parametrize("command", [["status"], ["alert", "pending"], ["retry", "6"]])
def test_an_older_journal_is_not_read_wrongly(full: Path, command: list[str]) -> None:
    connection = sqlite3.connect(full / "state/journal.sqlite3")
    connection.execute("PRAGMA user_version = 1")
    connection.close()
    fault = _refused(full, *command)
    assert "written by an older panicpipe (journal version 1, this one reads " in fault
    assert "restart `panicpipe run`" in fault


def test_a_damaged_journal_is_one_line(full: Path) -> None:
    journal = full / "state/journal.sqlite3"
    journal.write_bytes(journal.read_bytes()[:8192].ljust(90000, b"U"))
    assert "the journal: database disk image is malformed" in _refused(full)


@pytest.mark.parametrize("command", [["status"], ["show", "1"], ["retry", "6"]])
def test_without_permission_it_says_to_use_sudo(public: Path, command: list[str]) -> None:
    state = public / "state"
    every_state(state)
    (public / "panicpipe.toml").write_text(f'state_directory = "{state}"\n')
    state.chmod(0o700 if os.getuid() == 0 else 0)
    done = without_rights(public, "--config", "panicpipe.toml", *command)
    state.chmod(0o700)
    assert (done.stdout, done.returncode) == ("", 5)
    fault = "permission denied; it belongs to the daemon's user: use sudo"
    assert done.stderr == f"panicpipe: {state}/journal.sqlite3: {fault}\n"


def test_a_user_without_a_journal_is_told_of_the_one_that_root_s_daemon_keeps(
    tmp_path: Path,
) -> None:
    """A journal that one may not see counts as there."""
    own, system = tmp_path / "own", tmp_path / "system"
    assert not only_root_has_one(own, system)
    written(system)
    assert only_root_has_one(own, system)
    written(own)
    assert not only_root_has_one(own, system)


# Watching.


def test_watching_redraws_in_place_and_leaves_the_terminal_as_it_was(full: Path) -> None:
    with Terminal(full, *_ARGUMENTS, "--watch", env=NARROW) as terminal:
        terminal.until("more lines: panicpipe status shows all")
        with StateDirectory.acquire(full / "state"):
            terminal.until("The daemon is running.")
            terminal.signal(signal.SIGINT)
            text = terminal.rest()
        assert terminal.process.returncode == 130
    assert text.startswith(ENTER)
    assert text.endswith(LEAVE)
    assert "\x1b[2J" not in text
    screens = text.removeprefix(ENTER).split("\x1b[H")[1:]
    assert len(screens) >= 2
    for screen in screens:
        lines = ESCAPE.sub("", screen).replace("\r", "").split("\n")
        assert len(lines) == 24
        assert max(map(len, lines)) <= 80


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143)])
def test_a_watcher_that_is_killed_restores_the_terminal(
    full: Path, number: signal.Signals, code: int
) -> None:
    with Terminal(full, *_ARGUMENTS, "--watch", env=NARROW) as terminal:
        terminal.until("more lines")
        terminal.signal(number)
        assert terminal.rest().endswith(LEAVE)
        assert terminal.process.returncode == code


def _watcher(place: Path, *options: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [PANICPIPE, *_ARGUMENTS, "--watch", *options],
        env=environment(place),
        cwd=place,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_watching_into_a_pipe_prints_again_what_has_changed(full: Path) -> None:
    with _watcher(full) as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().startswith("The daemon is NOT running")
        with StateDirectory.acquire(full / "state"):
            while "The daemon is running." not in process.stdout.readline():
                pass
            process.send_signal(signal.SIGINT)
            rest = process.stdout.read()
        assert "daemon is" not in rest
        assert process.stderr.read() == ""
    assert process.returncode == 130


def test_watching_as_json_prints_an_object_each_time(full: Path) -> None:
    with _watcher(full, "--json") as process:
        assert process.stdout
        values = [json.loads(process.stdout.readline()) for _ in range(2)]
        process.terminate()
    assert values[0] == values[1]


@pytest.mark.parametrize(
    "command",
    [
        ["status"],
        ["status", "--json"],
        ["show", "1"],
        ["show", "1", "--json"],
        ["alert", "pending"],
        ["alert", "pending", "--json"],
    ],
)
def test_looking_loads_nothing_heavy(full: Path, command: list[str]) -> None:
    code = (
        "import sys; from pipeline.cli import main;"
        "main.call(sys.argv[1:]);"
        "heavy = {'pydantic', 'apprise', 'jinja2', 'boto3', 'watchdog', 'asyncio', 'rich'};"
        "heavy |= {'logging'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", "panicpipe.toml", *command],
        env=environment(full),
        cwd=full,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
