"""A sample for every event, and what readers see of them: `expected/` has each, in every format."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.display import one_line
from pipeline.messages import Style, render
from pipeline.messages.samples import samples
from pipeline.model import Message, Severity
from pipeline.owing.events import EVENTS

EXPECTED = Path(__file__).parent / "expected"
STYLE = Style(hosts={"10.0.40.7": "lab-mini-3"}, dns=False)
NAMES = {"text": "txt", "markdown": "md", "html": "html"}


def rendered(event: str) -> Message:
    return render(samples()[event], "key", STYLE)


def shown(message: Message, form: str) -> str:
    if form == "text":
        return f"{message.title}\n\n{message.text}\n"
    return f"{getattr(message, form)}\n"


def test_there_is_one_for_every_event_and_for_a_digest() -> None:
    assert set(samples()) == {*EVENTS, "digest"}
    assert {event: alert.event for event, alert in samples().items()} == {e: e for e in samples()}


def test_they_matter_as_much_as_the_real_ones() -> None:
    told = {event: alert.severity for event, alert in samples().items()}
    assert told == {**EVENTS, "digest": Severity.NOTICE}


def test_their_text_is_one_printable_line_each_as_that_of_real_alerts() -> None:
    for alert in samples().values():
        words = [alert.what, *(text for line in alert.lines for text in line), *alert.remarks]
        assert words == [one_line(word, 4096) for word in words]


@pytest.mark.parametrize("form", NAMES)
@pytest.mark.parametrize("event", samples())
def test_readers_see_what_is_expected(event: str, form: str) -> None:
    """To accept a change: run this with PANICPIPE_ACCEPT=1, and look at the difference."""
    file = EXPECTED / f"{event}.{NAMES[form]}"
    text = shown(rendered(event), form)
    if os.environ.get("PANICPIPE_ACCEPT"):
        file.write_text(text, encoding="utf-8")
    assert text == file.read_text(encoding="utf-8")


def test_nothing_is_expected_that_no_event_makes() -> None:
    wanted = {f"{event}.{suffix}" for event in samples() for suffix in NAMES.values()}
    assert {file.name for file in EXPECTED.iterdir()} == wanted


def test_the_ordinary_ones_fit_into_what_chats_show_whole() -> None:
    for event in samples():
        assert "more line" not in rendered(event).markdown
        assert len(rendered(event).markdown) <= 3400
