from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.layout import Entry, Line, Section, cells, cut, fields, sections

PATH = "/Users/Shared/PanicPipe/core-xnu-11417.101.15-10.0.40.7-1f0c3a9e-incomplete.zip"
PROSE = "the Mac fell silent and kdumpd gave it up: check the network between them"


def _texts(*entries: Entry, width: int | None, more: int = 0) -> list[str]:
    section = Section(heading="Done", entries=entries, more=more)
    return [line.text for line in sections([section], width)]


def _entry(number: str, *details: str) -> Entry:
    return Entry(number=number, name="core", details=[Line(text) for text in details])


def test_a_section_is_its_heading_and_names_with_details_below() -> None:
    assert _texts(_entry("7", "complete", PATH), _entry("12"), width=None) == [
        "",
        "Done",
        "   7  core",
        "      complete",
        f"      {PATH}",
        "  12  core",
    ]


def test_a_section_without_entries_is_left_out() -> None:
    assert list(sections([Section(heading="Gone", entries=[])], 80)) == []


def test_what_is_not_shown_is_counted() -> None:
    assert _texts(_entry("7"), width=80, more=3)[-1] == "     and 3 more: --all shows them"


def test_prose_is_broken_between_words_and_stays_under_its_beginning() -> None:
    lines = _texts(_entry("7", PROSE), width=40)[3:]
    assert len(lines) > 1
    assert all(cells(line) <= 40 and line.startswith("     ") for line in lines)
    assert " ".join(line.strip() for line in lines) == PROSE


def test_a_path_is_never_broken_so_that_it_can_be_copied() -> None:
    assert f"     {PATH}" in _texts(_entry("7", PATH), width=40)


def test_nothing_is_broken_where_nobody_looks() -> None:
    assert f"     {PROSE * 20}" in _texts(_entry("7", PROSE * 20), width=None)


def test_fields_are_two_columns_without_what_is_unknown() -> None:
    rows = [("Mac", "10.0.40.7"), ("Panic", None), ("SHA-256", "ab")]
    assert [line.text for line in fields(rows, 80)] == ["Mac      10.0.40.7", "SHA-256  ab"]


def test_hostile_text_is_escaped_before_it_is_measured() -> None:
    assert _texts(_entry("7", "a\x1b[2Jb\nc\u202e"), width=80)[-1] == "     a\\x1b[2Jb\\x0ac\\u202e"


@pytest.mark.parametrize(
    ("text", "width"), [("abc", 3), ("コア", 4), ("e\u0301", 1), ("a\u200db", 3), ("", 0)]
)
def test_columns_are_counted_as_terminals_do(text: str, width: int) -> None:
    assert cells(text) == width


@given(text=st.text(max_size=200), width=st.integers(2, 90))
def test_cutting_loses_nothing_and_fits(text: str, width: int) -> None:
    pieces = list(cut(text, width))
    assert "".join(pieces) == text
    assert all(cells(piece) <= width for piece in pieces)
