"""How tables are laid out: in columns where they fit, else cell after cell, so that none is cut.

A path or a hash that is broken over two lines of a column cannot be copied.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.cli import output
from pipeline.cli.layout import Line, cells, wrapped

_GAP = "  "
_NARROWEST = 20

Row = Sequence[str]


def show(headers: Row, rows: Sequence[Row]) -> None:
    """Print a table as wide as the terminal allows."""
    for line in table(headers, rows, output.width()):
        output.say(line.text, line.style)


def table(headers: Row, rows: Sequence[Row], width: int | None) -> Iterator[Line]:
    """Lay out a table below its headers; without a width every row is one line."""
    shown = [headers, *([output.safe(cell) for cell in row] for row in rows)]
    columns = list(zip(*shown, strict=True))
    widths = [max(map(cells, column)) for column in columns[:-1]]
    fits = width is None or sum(widths) + len(_GAP) * len(widths) + _least(columns[-1]) <= width
    for row in shown:
        style = "bold" if row is headers else None
        if width is None or fits:
            yield from _in_columns(row, widths, style, width)
        else:
            yield from _flowing(row, style, width)


def _least(column: Row) -> int:
    """Columns that the last one needs: it may be broken, but only between words."""
    longest = max(cells(word) for cell in column for word in cell.split(" "))
    return min(max(map(cells, column)), max(longest, _NARROWEST))


def _in_columns(
    row: Row, widths: Sequence[int], style: str | None, width: int | None
) -> Iterator[Line]:
    padded = (cell + " " * (to - cells(cell)) for cell, to in zip(row, widths, strict=False))
    head = "".join(cell + _GAP for cell in padded)
    yield from wrapped(Line(row[-1], style), head, " " * cells(head), width)


def _flowing(row: Row, style: str | None, width: int) -> Iterator[Line]:
    line, margin = "", ""
    for cell in filter(None, row):
        if line and cells(margin + line + _GAP + cell) > width:
            yield from wrapped(Line(line, style), margin, _GAP, width)
            line, margin = cell, _GAP
        else:
            line = line + _GAP + cell if line else cell
    yield from wrapped(Line(line, style), margin, _GAP, width)
