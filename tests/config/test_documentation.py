"""What the manual says of events, keys and commands, compared with what there is."""

from __future__ import annotations

import dataclasses
import re
import shlex
from pathlib import Path

import click
import pytest

from pipeline.cli.main import cli
from pipeline.config.tables import RouteTable
from pipeline.messages.samples import samples
from pipeline.owing.events import EVENTS

ROOT = Path(__file__).parents[2]
ALERTS = ROOT / "docs/alerts.md"
_EVENT = re.compile(r"^\| `([a-z.]+)` \| (info|notice|warning|error) \| ", re.MULTILINE)
_KEY = re.compile(r"^\| `([a-z_]+)` \| ", re.MULTILINE)
_COMMAND = re.compile(r"^ {4}(?:sudo )?panicpipe (.+)$", re.MULTILINE)


def _commands() -> list[str]:
    pages = [ALERTS, ROOT / "docs/configuration.md"]
    return sorted({found for page in pages for found in _COMMAND.findall(page.read_text())})


def test_every_event_is_documented_with_its_severity() -> None:
    assert dict(_EVENT.findall(ALERTS.read_text())) == {
        event: str(severity) for event, severity in EVENTS.items()
    }


def test_every_event_has_a_sample_of_its_severity() -> None:
    found = {event: sample.severity for event, sample in samples().items() if event != "digest"}
    assert found == EVENTS


def test_every_key_by_which_a_route_chooses_is_documented() -> None:
    _, _, section = ALERTS.read_text().partition("## Which route gets which")
    assert _KEY.findall(section)[: len(dataclasses.fields(RouteTable))] == [
        field.name for field in dataclasses.fields(RouteTable)
    ]


def test_there_are_commands_in_the_manual() -> None:
    assert len(_commands()) >= 8


@pytest.mark.parametrize("line", _commands())
def test_every_command_in_the_manual_can_be_typed(line: str) -> None:
    command: click.Command = cli
    words = shlex.split(line, comments=True)
    with click.Context(command) as context:
        while isinstance(command, click.Group):
            name = words.pop(0)
            found = command.get_command(context, name)
            assert found is not None, name
            command = found
        command.make_context(command.name, words)
