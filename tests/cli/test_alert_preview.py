"""`panicpipe alert preview`."""

from __future__ import annotations

import html
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.messages.samples import samples
from pipeline.model import Alert
from tests.cli.command import environment, on_a_terminal, panicpipe
from tests.cli.journals import COMPLETE, name, written

ESCAPE = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\r")
CONTROLS = "\x1b\x07\x00\x9b"


@pytest.fixture
def place(state: Path) -> Path:
    """A configuration with names and routes, which asks no DNS."""
    config = state.parent / "panicpipe.toml"
    config.write_text(
        config.read_text() + '[alerts]\ndns = false\n[hosts]\n"10.0.40.7" = "lab-mini-3"\n'
        '[notifiers.ops]\nuse = "apprise"\nurls = ["json://127.0.0.1:9/"]\n'
        '[notifiers.night]\nuse = "apprise"\nseverity = "error"\nhosts = ["10.9.0.0/16"]\n'
        'urls = ["json://127.0.0.1:9/"]\n'
    )
    return state.parent


def _preview(place: Path, *arguments: str) -> tuple[int, str, str]:
    done = panicpipe(place, "--config", "panicpipe.toml", "alert", "preview", *arguments)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("event", list(samples()))
def test_every_kind_is_shown_with_title_and_text(place: Path, event: str) -> None:
    code, told, fault = _preview(place, event)
    assert (code, fault) == (0, "")
    title, empty, *text = told.splitlines()
    assert samples()[event].what in title
    assert empty == ""
    assert len(text) >= len(samples()[event].lines) > 0


def test_each_format_says_the_same(place: Path) -> None:
    plain = _preview(place, "dump.complete")[1]
    title, text = plain.split("\n\n", 1)
    assert title == "lab-mini-3 (10.0.40.7): core complete"
    markdown = _preview(place, "dump.complete", "--format", "markdown")[1]
    page = _preview(place, "dump.complete", "--format", "html")[1]
    value = json.loads(_preview(place, "dump.complete", "--format", "json")[1])
    assert (value["title"], value["text"]) == (title, text.rstrip("\n"))
    assert value["alert"]["event"] == "dump.complete"
    assert markdown == f"{title}\n\n{value['markdown']}\n"
    assert page.rstrip("\n") == value["html"].rstrip("\n")
    assert title in html.unescape(page)


def test_without_an_event_it_lists_all(place: Path) -> None:
    code, told, _ = _preview(place)
    assert code == 0
    listed = [line.split()[:2] for line in told.splitlines()[1:]]
    assert listed == [[event, str(each.severity)] for event, each in samples().items()]


def test_an_unknown_event_is_told_with_the_known_ones(place: Path) -> None:
    code, told, fault = _preview(place, "dump.don")
    assert (code, told) == (2, "")
    assert 'there is no event "dump.don"' in fault
    assert all(event in fault for event in samples())


def test_it_says_which_routes_would_get_it(place: Path) -> None:
    told = _preview(place, "heartbeat", "--route", "ops")[2]
    assert re.fullmatch(r"panicpipe: ops/\S+ gets this\n", told)
    told = _preview(place, "heartbeat", "--route", "night")[2]
    assert re.fullmatch(r"panicpipe: night/\S+ does not get this\n", told)
    assert _preview(place, "dump.parked", "--route", "night")[2].endswith(" gets this\n")


def _owed(place: Path, *events: str, what: str = "core complete", text: str = "x") -> int:
    to = written(place / "state")
    row = to.done(name(1), COMPLETE)
    for event in events:
        alert = Alert(event=event, what=what, client="10.0.40.1", remarks=(text,))
        to.journal.outbox.owe(row.id, ["ops"], alert, to.now)
    to.journal.close()
    return row.id


def test_a_dump_s_own_alert_is_shown(place: Path) -> None:
    number = str(_owed(place, "dump.complete", "dump.archived", what="what it was"))
    told = _preview(place, "dump.complete", "--dump", number)[1]
    assert told.startswith("10.0.40.1: what it was")
    value = json.loads(_preview(place, "--dump", number, "--format", "json")[1])
    assert value["alert"]["event"] == "dump.archived"
    code, _, fault = _preview(place, "dump.parked", "--dump", number)
    assert (code, fault) == (
        1,
        f"panicpipe: dump {number} gave no alert dump.parked; it gave: dump.complete, "
        "dump.archived\n",
    )


def test_a_route_of_other_macs_does_not_get_a_dump_s_alert(place: Path) -> None:
    """A sample's Mac is made up, a dump's is not."""
    number = str(_owed(place, "dump.parked"))
    told = _preview(place, "dump.parked", "--dump", number, "--route", "night")[2]
    assert told.endswith(" does not get this\n")


def test_what_there_is_not_is_one_line(place: Path) -> None:
    number = str(_owed(place))
    assert "dump 1 gave no alert" in _preview(place, "dump.gone", "--dump", number)[2]
    assert "there is no dump 99" in _preview(place, "dump.gone", "--dump", "99")[2]


@pytest.mark.parametrize("form", ["text", "markdown", "html", "json"])
def test_hostile_text_reaches_neither_terminal_nor_pipe(place: Path, form: str) -> None:
    """Not even where the journal holds what should have been escaped before."""
    number = str(_owed(place, "dump.complete", text=f"a{CONTROLS}\u202eb"))
    arguments = ["dump.complete", "--dump", number, "--format", form]
    _, piped, _ = _preview(place, *arguments)
    assert not set(CONTROLS) & set(piped)
    line = ["--config", "panicpipe.toml", "alert", "preview", *arguments]
    shown = on_a_terminal(place, *line, env={"NO_COLOR": "1"})
    assert not {*CONTROLS, "\u202e"} & set(shown)


@pytest.mark.parametrize("width", [40, 80])
def test_a_narrow_terminal_breaks_text_only_between_words(place: Path, width: int) -> None:
    line = ["--config", "panicpipe.toml", "alert", "preview", "dump.complete"]
    shown = ESCAPE.sub("", on_a_terminal(place, *line, env={"COLUMNS": str(width)}))
    long = [line for line in shown.splitlines() if len(line) > width]
    assert all(" " not in line.strip() for line in long)
    assert len(shown.splitlines()) > len(_preview(place, "dump.complete")[1].splitlines())


def test_nothing_that_sends_is_loaded(place: Path) -> None:
    code = (
        "import sys; from pipeline.cli import main;"
        "main.call(sys.argv[1:]); print(sorted({'apprise', 'boto3'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, "--config", "panicpipe.toml", "alert", "preview", "heartbeat"],
        env=environment(place),
        cwd=place,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"
