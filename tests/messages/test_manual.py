"""What the manual says of messages and templates is so."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.messages import Style, check_templates, render
from pipeline.messages.content import content
from pipeline.messages.escaping import for_text
from pipeline.messages.formats import FORMATS
from pipeline.messages.samples import samples
from pipeline.messages.sandbox import Environment
from tests.conftest import ROOT

MANUAL = (ROOT / "docs" / "messages.md").read_text(encoding="utf-8")
EXAMPLES = dict(re.findall(r"```jinja (\S+)\n(.*?)```", MANUAL, re.DOTALL))


def style(folder: Path) -> Style:
    for name, source in EXAMPLES.items():
        (folder / name).write_text(source)
    return Style(dns=False, templates=str(folder))


def test_its_templates_work_for_every_event(tmp_path: Path) -> None:
    assert set(EXAMPLES) == {"text.j2", "markdown.j2"}
    assert check_templates(style(tmp_path).templates or "") == []


@pytest.mark.parametrize(
    ("event", "begins"), [("dump.parked", "<!channel>\n**Mac:**"), ("dump.complete", "**Mac:**")]
)
def test_a_template_may_call_whom_it_likes(tmp_path: Path, event: str, begins: str) -> None:
    assert render(samples()[event], "key", style(tmp_path)).markdown.startswith(begins)


def test_it_names_every_variable_there_is() -> None:
    named = re.findall(r"^\| `(\w+)` \|", MANUAL, re.MULTILINE)
    assert named == list(content(samples()["dump.complete"], None).variables())


def test_it_names_every_filter_there_is() -> None:
    (told,) = re.findall(r"^- filters: (.*?)\.$", MANUAL, re.MULTILINE | re.DOTALL)
    assert re.findall(r"`(\w+)`", told) == sorted(Environment(for_text).filters)


def test_it_names_every_template_there_is() -> None:
    told = re.findall(r"`(\w+\.j2)`", MANUAL.partition("## Templates")[2].partition("```")[0])
    assert told == [form.file for form in FORMATS]
