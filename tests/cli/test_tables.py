"""Tables on wide and narrow terminals, and without one."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli.tables import table

HEADERS = ("", "Dump", "File", "Why")
FILE = "/Users/Shared/PanicPipe/core-xnu-8796.141.3-10.0.40.10-1f0c3a9e.zip"
ROWS = [
    ("keep", "5", FILE, "incomplete, and no complete one came after it"),
    ("remove", "12", FILE, "older than 30 days (41 days)"),
]


def _texts(width: int | None) -> list[str]:
    return [line.text for line in table(HEADERS, ROWS, width)]


def test_without_a_terminal_each_row_is_one_line_in_columns() -> None:
    header, *lines = _texts(None)
    assert [line.index(FILE) for line in lines] == [header.index("File")] * 2
    assert lines[0].endswith("no complete one came after it")


def test_a_last_column_that_is_too_wide_is_broken_between_words_and_stays_a_column() -> None:
    header, *lines = _texts(110)
    column = header.index("Why")
    assert len(lines) == 4
    assert lines[1].startswith(" " * column)
    assert lines[1][column:] in ROWS[0][3]


def test_on_a_narrow_terminal_a_row_goes_on_below_and_no_path_is_broken() -> None:
    assert _texts(72) == [
        "Dump  File  Why",
        "keep  5",
        f"  {FILE}",
        "  incomplete, and no complete one came after it",
        "remove  12",
        f"  {FILE}",
        "  older than 30 days (41 days)",
    ]


def test_hostile_text_is_escaped_before_it_is_measured() -> None:
    lines = list(table(("A", "B"), [("x\x1b[2J", "y")], 80))
    assert [line.text for line in lines] == ["A         B", "x\\x1b[2J  y"]


@given(
    rows=st.lists(st.tuples(*[st.text("ab ", max_size=30).map(str.strip)] * 3), max_size=4),
    width=st.none() | st.integers(1, 90),
)
def test_every_word_is_there_in_its_order(
    rows: list[tuple[str, str, str]], width: int | None
) -> None:
    words = [word for row in (("A", "B", "C"), *rows) for cell in row for word in cell.split()]
    assert " ".join(line.text for line in table(("A", "B", "C"), rows, width)).split() == words
