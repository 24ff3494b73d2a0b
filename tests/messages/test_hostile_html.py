"""Hostile text is shown in mails: its HTML has the template's own tags, one row for each line."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from hypothesis import given

from pipeline.messages import Style, render
from pipeline.messages.defusing import defused
from pipeline.messages.samples import samples
from pipeline.model import Alert
from tests.messages import hostile

STYLE = Style(dns=False)
ATTRIBUTES = {
    "div": {"style"},
    "p": {"style"},
    "span": {"style"},
    "a": {"href"},
    "table": {"role", "cellpadding", "cellspacing", "border", "style"},
    "tr": set(),
    "td": {"valign", "nowrap", "style"},
}


class Page(HTMLParser):
    """Reads a page as a mail reader does; strict about its tags."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.rows: list[list[str]] = []
        self.paragraphs: list[str] = []
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert {name for name, _ in attrs} <= ATTRIBUTES[tag]
        self.open.append(tag)
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag == "tr":
            self.rows.append([])
        elif tag == "td":
            self.rows[-1].append("")
        elif tag == "p":
            self.paragraphs.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "td" in self.open:
            self.rows[-1][-1] += data
        elif "p" in self.open:
            self.paragraphs[-1] += data
        else:
            assert data.strip() == ""

    def handle_comment(self, data: str) -> None:
        raise AssertionError(data)

    def handle_decl(self, decl: str) -> None:
        raise AssertionError(decl)

    def handle_pi(self, data: str) -> None:
        raise AssertionError(data)

    def unknown_decl(self, data: str) -> None:
        raise AssertionError(data)


def spoken(text: str) -> str:
    """Leave out backticks: a pair of them stands for what is set in another face."""
    return text.replace("`", "")


def page(alert: Alert) -> Page:
    return Page(render(alert, "key", STYLE).html)


@hostile.patient
@given(hostile.alerts())
def test_every_line_is_a_row_that_says_it(alert: Alert) -> None:
    shown = [[label, spoken(text)] for label, text in page(alert).rows]
    assert shown == [[label, spoken(defused(text))] for label, text in alert.lines]


@hostile.patient
@given(hostile.alerts())
def test_every_remark_is_a_paragraph_below_the_heading(alert: Alert) -> None:
    shown = [spoken(text) for text in page(alert).paragraphs[1:]]
    assert shown == [spoken(defused(remark)) for remark in alert.remarks]


@hostile.patient
@given(hostile.alerts())
def test_links_lead_to_the_web_and_nothing_acts(alert: Alert) -> None:
    text = render(alert, "key", STYLE).html
    assert all(link.startswith(("http://", "https://")) for link in Page(text).links)
    assert hostile.acting(text) == set()


@hostile.patient
@given(hostile.alerts())
def test_services_that_take_html_for_text_mention_nobody(alert: Alert) -> None:
    read = page(alert)
    for text in (*read.paragraphs, *(cell for row in read.rows for cell in row)):
        assert hostile.calls(text) == []


@pytest.mark.parametrize("event", samples())
def test_a_sample_has_a_heading_and_a_row_for_each_line(event: str) -> None:
    alert = samples()[event]
    read = page(alert)
    assert [label for label, _ in read.rows] == [label for label, _ in alert.lines]
    assert alert.what in read.paragraphs[0]


@pytest.mark.parametrize("event", samples())
def test_colours_suit_a_dark_background_as_well_as_a_light_one(event: str) -> None:
    """No background is set, and no colour for the text itself: the reader's own stay."""
    text = render(samples()[event], "key", STYLE).html
    assert "background" not in text
    colours = {part.partition(";")[0].partition('"')[0] for part in text.split("color:")[1:]}
    assert colours <= {"#808080", "#d1242f", "#bf8700"}
