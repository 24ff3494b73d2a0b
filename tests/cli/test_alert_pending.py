"""`panicpipe alert pending`, and what `status` and `show` say of alerts and routes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.phrases import when
from pipeline.daemon.state_directory import StateDirectory
from pipeline.model import Alert
from tests.cli.command import on_a_terminal, panicpipe, without_rights
from tests.cli.journals import COMPLETE, Written, every_state, name, written

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")
FAULT = "the server did not answer within 30 s"


@pytest.fixture
def to(state: Path) -> Iterator[Written]:
    made = written(state)
    yield made
    made.journal.close()


def _told(place: Path, *arguments: str) -> str:
    done = panicpipe(place, "--config", "panicpipe.toml", *arguments)
    assert (done.stderr, done.returncode) == ("", 0)
    return done.stdout


def _pending(place: Path) -> str:
    with StateDirectory.acquire(place / "state"):
        return _told(place, "alert", "pending")


def _sections(text: str) -> dict[str, list[str]]:
    parts = [part.splitlines() for part in text.strip().split("\n\n")]
    return {part[0]: [line.strip() for line in part[1:]] for part in parts}


def test_nothing_owed_is_said_plainly(tmp_path: Path, to: Written) -> None:
    assert _told(tmp_path, "alert", "pending") == "Nothing is owed.\n"
    assert json.loads(_told(tmp_path, "alert", "pending", "--json")) == {
        "running": False,
        "owed": [],
        "routes": [],
    }


def test_each_alert_has_its_number_dump_fault_and_next_try(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    failed = to.owe(row, "ops/slack-1f0c", error=FAULT)
    behind = to.owe(row, "ops/slack-1f0c")
    other = to.owe(None, "night")
    told = _sections(_pending(tmp_path))
    since = when(to.now - 20)
    assert list(told) == ["Owed: 3 alerts.", "ops/slack-1f0c", "night"]
    first, title, standing, *second = told["ops/slack-1f0c"]
    assert first == f"{failed}  dump.complete of dump {row.id}, since {since}"
    assert title == "10.0.40.1: core complete"
    assert re.fullmatch(rf"{FAULT}; tried once; next try in \d+ s", standing)
    assert second[0].startswith(f"{behind}  dump.complete of dump")
    assert second[2] == f"after {failed}"
    assert told["night"][0] == f"{other}  dump.complete, since {since}"
    assert told["night"][2] == "not tried yet; next try now"


def test_without_a_daemon_it_says_that_nothing_is_sent(tmp_path: Path, to: Written) -> None:
    to.owe(to.done(name(1), COMPLETE), "ops", error=FAULT)
    told = _told(tmp_path, "alert", "pending")
    assert "The daemon is NOT running: start it with `panicpipe run`." in told
    assert f"{FAULT}; tried once; goes on when the daemon runs" in told


def test_what_is_held_or_told_together_is_one_entry(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    held = [to.owe(row, "ops", group="g", held_until=to.now + 300) for _ in range(3)]
    made = [to.owe(row, "ops", group="h", held_until=to.now + 300) for _ in range(2)]
    digest = to.digest("ops", "h")
    told = _sections(_pending(tmp_path))
    assert "Owed: 1 alert, 5 alerts to be told together." in told
    entries = told["ops"]
    assert [line.partition(" ")[0] for line in entries[::4]] == [str(held[0]), str(made[0])] + [
        str(digest)
    ]
    assert entries[2] == f"and {held[1]}, {held[2]}"
    assert entries[3] == f"held for a digest, until {when(to.now + 300)}"
    assert entries[7] == f"in digest {digest}, which is owed"


def test_many_alike_are_told_by_some_of_their_numbers(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    for _ in range(100):
        to.owe(row, "ops", group="g", held_until=to.now + 300)
    told = _told(tmp_path, "alert", "pending")
    assert "and 2, 3, 4, 5, 6, 7, 8, 9, … (99 in all)" in told
    assert len(told.splitlines()) < 12


def test_what_is_set_aside_says_so(tmp_path: Path, to: Written) -> None:
    number = to.owe(to.done(name(1), COMPLETE), "ops", error="no such channel")
    to.journal.outbox.put_aside(number, to.now + 3000)
    told = _pending(tmp_path)
    aside = "set aside, others go first; no such channel; tried once; next try in 50 min 0 s"
    assert aside[:-4] in told or "49 min" in told
    assert "set aside, others go first; no such channel; tried once; next try in " in told


def test_the_routes_say_how_they_do(tmp_path: Path, to: Written) -> None:
    routes = to.journal.routes
    for each in ("fresh", "shaky", "failing", "resting"):
        routes.add(each)
    routes.succeed("shaky", to.now - 7200)
    routes.fail("shaky", "timed out")
    for _ in range(3):
        routes.fail("failing", FAULT)
    routes.begin_to_fail("failing", to.now - 3600)
    routes.succeed("resting", to.now - 60)
    routes.rest("resting", to.now + 600)
    row = to.done(name(1), COMPLETE)
    to.owe(row, "failing", error=FAULT)
    to.owe(row, "resting")
    told = _sections(_pending(tmp_path))
    rows = told["Routes"]
    assert dict(zip(rows[::2], rows[1::2], strict=True)) == {
        "fresh": "not used yet; nothing was sent yet",
        "shaky": f"failed once: timed out; last sent {when(to.now - 7200)}",
        "failing": f"fails since {when(to.now - 3600)}: {FAULT}; 1 alert owed; "
        "nothing was sent yet",
        "resting": f"works; its service asks to be left alone until {when(to.now + 600)}; "
        f"1 alert owed; last sent {when(to.now - 60)}",
    }
    assert re.search(r"next try in (10 min 0|9 min 5\d) s", "\n".join(told["resting"]))


def test_json_holds_all_of_it(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    number = to.owe(row, "ops", error=FAULT)
    held = to.owe(row, "ops", group="g", held_until=to.now + 300)
    to.journal.routes.fail("ops", FAULT)
    value: dict[str, Any] = json.loads(_told(tmp_path, "alert", "pending", "--json"))
    first, second = value["owed"]
    assert first == {
        "number": number,
        "dump": row.id,
        "route": "ops",
        "event": "dump.complete",
        "severity": "notice",
        "title": "10.0.40.1: core complete",
        "since": to.now - 20,
        "attempts": 1,
        "next_try": to.now + 40,
        "held_until": None,
        "digest": None,
        "aside": False,
        "error": FAULT,
    }
    assert (second["number"], second["held_until"]) == (held, to.now + 300)
    assert value["routes"] == [
        {
            "route": "ops",
            "last_sent": None,
            "failing_since": None,
            "failures": 1,
            "error": FAULT,
            "not_before": None,
            "owed": 2,
        }
    ]


def _hostile(to: Written) -> None:
    alert = Alert(event="dump.complete", what="core \x1b[2J complete", client="10.0.40.1")
    row = to.done(name(1), COMPLETE)
    to.journal.outbox.owe(row.id, ["ops\x1b[31m"], alert, to.now)
    to.journal.outbox.postpone(to.journal.outbox.pending()[0].id, "\x1b]0;x\x07\u202e", to.now)
    to.journal.routes.fail("ops\x1b[31m", "\x1b[2J")
    to.journal.routes.begin_to_fail("ops\x1b[31m", to.now)
    to.journal.conditions.put("server.down:1069", to.now, "\x1b[2J")


@pytest.mark.parametrize("command", [["alert", "pending"], ["status"], ["show", "1"]])
def test_hostile_text_is_shown_escaped(tmp_path: Path, to: Written, command: list[str]) -> None:
    _hostile(to)
    for text in (
        _told(tmp_path, *command),
        on_a_terminal(tmp_path, "--config", "panicpipe.toml", *command, env={"NO_COLOR": "1"}),
    ):
        assert "ops\\x1b[31m" in text
        assert not {"\x1b", "\x07", "\u202e"} & set(text)


@pytest.mark.parametrize("width", [40, 80])
def test_a_terminal_is_never_too_narrow(tmp_path: Path, to: Written, width: int) -> None:
    row = to.done(name(1), COMPLETE)
    for error in (FAULT, None, "no such channel"):
        to.owe(row, "ops/slack-1f0c", error=error)
    to.journal.routes.fail("ops/slack-1f0c", FAULT)
    shown = on_a_terminal(
        tmp_path, "--config", "panicpipe.toml", "alert", "pending", env={"COLUMNS": str(width)}
    )
    assert max(map(len, ESCAPE.sub("", shown).splitlines())) <= width


def test_without_permission_it_says_to_use_sudo(public: Path) -> None:
    state = public / "state"
    every_state(state)
    (public / "panicpipe.toml").write_text(f'state_directory = "{state}"\n')
    state.chmod(0o700)
    for command in (["pending"], ["drop", "1"]):
        done = without_rights(public, "--config", "panicpipe.toml", "alert", *command)
        if done.returncode == 0:  # it is ours: nobody takes our rights away
            continue
        assert done.stderr.endswith("it belongs to the daemon's user: use sudo\n")
        assert done.returncode == 5


# In `status` and `show`.


def test_status_tells_what_is_wrong_with_more_than_one_dump_first(
    tmp_path: Path, to: Written
) -> None:
    row = to.done(name(1), COMPLETE)
    for _ in range(2):
        to.owe(row, "ops/slack-1f0c", error=FAULT)
    to.journal.conditions.put("server.down:1069", to.now - 60, "nothing listens on UDP port 1069")
    to.journal.conditions.put("disk.low:directory", to.now, "only 1.0 GiB are free for dumps")
    to.journal.routes.succeed("mail", to.now - 300)
    to.journal.routes.fail("ops/slack-1f0c", FAULT)
    to.journal.routes.begin_to_fail("ops/slack-1f0c", to.now - 120)
    with StateDirectory.acquire(tmp_path / "state"):
        head = _told(tmp_path, "status").split("\n\n")[0].splitlines()
    assert head == [
        "The daemon is running.",
        "Owed: 2 alerts.",
        f"No dump can come: nothing listens on UDP port 1069, since {when(to.now - 60)}.",
        "Little room: only 1.0 GiB are free for dumps; see `panicpipe prune --dry-run`.",
        f"Alerts to ops/slack-1f0c: fails since {when(to.now - 120)}: {FAULT}; 2 alerts owed.",
        f"Last alert sent {when(to.now - 300)}, to mail.",
    ]
    value = json.loads(_told(tmp_path, "status", "--json"))
    down = {"text": "nothing listens on UDP port 1069", "since": to.now - 60}
    assert value["server_down"] == [down]
    failing = {route["route"]: route["failing_since"] for route in value["routes"]}
    assert failing == {"mail": None, "ops/slack-1f0c": to.now - 120}


def test_a_panic_loop_fills_no_status(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    number = to.owe(row, "ops")
    for _ in range(100):
        to.owe(row, "ops", group="g", held_until=to.now + 300)
    told = _sections(_told(tmp_path, "status"))
    assert told["The daemon is NOT running: start it with `panicpipe run`."] == [
        "Owed: 1 alert, 100 alerts to be told together."
    ]
    assert len(told["Alerts owed: see `panicpipe alert pending`"]) == 2
    value = json.loads(_told(tmp_path, "status", "--json"))
    assert value["alerts_owed"][0]["number"] == number
    assert len(value["alerts_owed"]) == 101


def test_show_tells_how_it_went_with_every_alert_of_the_dump(tmp_path: Path, to: Written) -> None:
    row = to.done(name(1), COMPLETE)
    outbox = to.journal.outbox
    outbox.mark_sent(to.owe(row, "sent"), to.now)
    outbox.drop(to.owe(row, "dropped"), "superseded by dump 2")
    to.owe(row, "held", group="g", held_until=to.now + 300)
    outbox.put_aside(to.owe(row, "aside", error="refused"), to.now + 3000)
    to.owe(row, "told", group="g", held_until=to.now + 300)
    made = to.digest("told", "g")
    outbox.mark_sent(made, to.now)
    to.owe(row, "telling", group="g", held_until=to.now + 300)
    owed = to.digest("telling", "g")
    told = _sections(_told(tmp_path, "show", str(row.id)))["Alerts"]
    rows = dict(re.split(r" {2,}", line, maxsplit=1) for line in told)
    goes_on = "goes on when the daemon runs"
    assert rows == {
        "sent": f"dump.complete, sent {when(to.now)}",
        "dropped": "dump.complete, not sent: superseded by dump 2",
        "held": f"dump.complete, owed: held for a digest, until {when(to.now + 300)}; {goes_on}",
        "aside": "dump.complete, owed: set aside, others go first; refused; tried once; " + goes_on,
        "told": f"dump.complete, sent in digest {made} {when(to.now)}",
        "telling": f"dump.complete, owed: in digest {owed}, which is owed",
    }
