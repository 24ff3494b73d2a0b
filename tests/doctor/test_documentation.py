"""The manual names every check, and its commands are ones that there are."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import click

from pipeline.cli.main import cli
from pipeline.doctor.diagnosis import TITLES
from tests.conftest import ROOT

_PAGE = ROOT / "docs/troubleshooting.md"
_NAME = re.compile(rf"({'|'.join(TITLES)})\.[a-z]+(-[a-z]+)*")
_ROW = re.compile(r"^\| `([a-z.-]+)` \|", re.MULTILINE)
_COMMAND = re.compile(r"(?:sudo |`| {4})panicpipe ([a-z]+)(?: ([a-z]+))?")
_LINK = re.compile(r"\]\(#([a-z0-9-]+)\)")
_FILES = tuple(
    file for room in ("doctor", "server", "client") for file in ROOT.glob(f"pipeline/{room}/*.py")
)


def _names(file: Path) -> set[str]:
    """Every text in a file that looks like the name of a check."""
    nodes = ast.walk(ast.parse(file.read_text()))
    texts = [node.value for node in nodes if isinstance(node, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and _NAME.fullmatch(text)}


def test_the_manual_s_table_has_every_check_and_no_other() -> None:
    in_code = set().union(*map(_names, _FILES)) - {"configuration.failed"}
    table = _PAGE.read_text().partition("## The checks")[2]
    assert sorted(_ROW.findall(table)) == sorted(in_code)


def test_the_commands_of_the_manual_and_of_every_remedy_are_there() -> None:
    texts = [_PAGE.read_text(), *(file.read_text() for file in _FILES)]
    named = {words for text in texts for words in _COMMAND.findall(text)}
    assert len(named) > 15
    for first, second in named:
        found = cli.get_command(click.Context(cli), first)
        assert found is not None, first
        if isinstance(found, click.Group):
            assert second in found.list_commands(click.Context(found)), (first, second)


def test_every_symptom_in_the_list_has_its_section() -> None:
    text = _PAGE.read_text()
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in text.splitlines()
        if line.startswith("## ")
    }
    assert set(_LINK.findall(text)) <= headings
    assert len(_LINK.findall(text)) >= len(headings) - 1
