"""However much there is to say: what matters most is said, and that there was more."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from pipeline.messages import Style, render
from pipeline.model import Alert
from tests.messages.test_hostile_html import Page

STYLE = Style(dns=False)
LIMITS = {"text": 20_000, "markdown": 3_400, "html": 20_000}


def many(count: int, width: int = 40) -> Alert:
    lines = tuple((f"Line {n}", f"{n} {'x' * width}") for n in range(count))
    return Alert(
        event="digest", what="much", lines=lines, remarks=("First remark.", "Last remark.")
    )


@pytest.mark.parametrize("form", LIMITS)
@pytest.mark.parametrize("alert", [many(400), many(5000), many(3000, 4000), many(60, 900)])
def test_no_text_is_longer_than_services_bear(form: str, alert: Alert) -> None:
    text = getattr(render(alert, "key", STYLE), form)
    assert LIMITS[form] // 2 < len(text.encode()) <= LIMITS[form]
    assert "Line 0" in text
    assert "Last remark" not in text


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_it_is_cut_at_the_end_of_a_line_and_says_how_much_is_missing(form: str) -> None:
    text = getattr(render(many(1000), "key", STYLE), form)
    *lines, _, last = text.split("\n")
    assert last == f"… {1002 - len(lines)} more lines"
    assert all(line.rstrip().endswith("x" * 40) for line in lines)


def test_html_is_cut_between_rows() -> None:
    read = Page(render(many(1000), "key", STYLE).html)
    assert [text for _, text in read.rows] == [f"{n} {'x' * 40}" for n in range(len(read.rows))]
    assert read.paragraphs[-1] == f"… {1002 - len(read.rows)} more lines"


def test_remarks_are_left_out_before_any_line() -> None:
    alert = dataclasses.replace(many(1), remarks=("r" * 2500, "s" * 2500))
    assert render(alert, "key", STYLE).markdown.endswith("r  \n… 1 more line")


def test_a_line_too_long_for_a_chat_is_cut_and_leaves_room_for_others() -> None:
    alert = Alert(event="x", what="y", lines=(("A", "a" * 5000), ("Panic", "b" * 800), ("C", "c")))
    message = render(alert, "key", STYLE)
    assert f"**A:** {'a' * 2379}…  \n**Panic:** `bbb" in message.markdown
    assert message.markdown.endswith("**C:** c")
    assert f"A: {'a' * 5000}\n" in message.text


def test_a_link_is_whole_or_not_there() -> None:
    link = f"https://a.example/{'x' * 4000} (until noon)"
    message = render(Alert(event="x", what="y", lines=(("Link", link),)), "key", STYLE)
    assert message.markdown == f"**Link:** has {len(link)} characters, too many for this message"
    assert message.text == f"Link: {link}"


def test_what_tells_of_a_faulty_template_is_never_left_out(tmp_path: Path) -> None:
    message = render(many(1000), "key", Style(dns=False, templates=str(tmp_path / "nowhere")))
    for form in LIMITS:
        assert "were not used: cannot be read" in getattr(message, form)
        assert "more lines" in getattr(message, form)


def test_an_alert_with_nothing_but_its_title_has_a_body() -> None:
    message = render(Alert(event="x", what="all is well"), "key", STYLE)
    assert message.text == message.markdown == "all is well"
    assert "all is well" in message.html
