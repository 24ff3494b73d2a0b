"""docs/client-setup.md: its commands can be typed, and what it shows is what they print."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from pipeline.cli.main import cli
from tests.cli.client_commands import Client, runner
from tests.client.macs import have
from tests.conftest import ROOT
from tests.macs.fake_mac import FakeMac
from tests.macs.quick import quick_mac

PAGE = (ROOT / "docs/client-setup.md").read_text()
COMMANDS = re.findall(r"^ {4}(?:sudo )?panicpipe (.+)$", PAGE, re.MULTILINE)
SHOWN = re.findall(r"^ {4}(?:sudo )?panicpipe client (.+)\n\n```\n((?:.*\n)+?)```", PAGE, re.M)
ONLY_WHERE_SOMEBODY_IS_ASKED = {"This is what will be done:", "Go on? [y/N]: y"}


@pytest.fixture
def client(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Client:
    return runner(mac(tmp_path), monkeypatch, capsys)


def mac(tmp_path: Path) -> FakeMac:
    """The one that the page tells of."""
    made = quick_mac(tmp_path)
    have(made, "-v", hardware="mac-mini-m1", sip="disabled")
    return made


def test_the_page_has_commands_with_what_they_print() -> None:
    assert len(COMMANDS) >= 8
    assert {shown.split()[0] for shown, _ in SHOWN} == {"interfaces", "args", "apply", "decode"}


@pytest.mark.parametrize("line", COMMANDS)
def test_a_command_can_be_typed(line: str) -> None:
    command: click.Command = cli
    words = shlex.split(line)
    with click.Context(command) as context:
        while isinstance(command, click.Group):
            found = command.get_command(context, words.pop(0))
            assert found is not None, line
            command = found
        command.make_context(command.name, words)


@pytest.mark.parametrize(("line", "shown"), SHOWN)
def test_what_is_shown_is_what_is_printed(client: Client, line: str, shown: str) -> None:
    words = shlex.split(line)
    if words[0] == "apply":
        words.append("--dry-run")
    printed = [each.strip() for each in client(*words)[1].splitlines()]
    expected = [each.strip() for each in shown.splitlines()]
    assert [each for each in expected if each not in printed] == [
        each for each in expected if each in ONLY_WHERE_SOMEBODY_IS_ASKED
    ]


def test_every_link_to_a_section_has_its_section() -> None:
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in PAGE.splitlines()
        if line.startswith("## ")
    }
    assert set(re.findall(r"\]\(#([a-z0-9-]+)\)", PAGE)) <= headings


@pytest.mark.parametrize("page", sorted(set(re.findall(r"\]\(([a-z-]+\.md)", PAGE))))
def test_every_page_that_it_names_is_there(page: str) -> None:
    assert (ROOT / "docs" / page).is_file()
