"""What the commands print: coloured on a terminal, plain otherwise, JSON for programs.

Every text given here is made safe to show, whatever it holds. rich is imported only where a
terminal shows what it makes.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, TextIO

import click

from pipeline.display import printable

_WIDEST = 4000
_WORTH_A_BAR = 32 << 20
Progress = Callable[[int, int], None]


def prepare() -> None:
    """Let no character stop us that the terminal's encoding lacks."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def silence() -> None:
    """Throw away what is still to be printed: nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str = "", style: str | None = None) -> None:
    """Print one line, in a colour of click's if a terminal shows it."""
    click.echo(_styled(_safe(text), style, sys.stdout))


def error(text: str) -> None:
    """Print what went wrong on standard error, one line for each of the text's."""
    for line in text.splitlines():
        prefix = _styled("panicpipe:", "red", sys.stderr)
        click.echo(f"{prefix} {_safe(line)}", err=True)


def print_json(value: Any) -> None:
    """Print one JSON value as one line, in ASCII, so that no encoding can spoil it."""
    click.echo(json.dumps(value, allow_nan=False))


def fields(rows: Iterable[tuple[str, str | None]], style: str | None = None) -> None:
    """Print names and values in two columns; None is left out, `style` is the first value's."""
    present = [(name, value) for name, value in rows if value is not None]
    width = max((len(name) for name, _ in present), default=0)
    for place, (name, value) in enumerate(present):
        text = _styled(_safe(value or ""), None if place else style, sys.stdout)
        click.echo(f"{name:{width}}  {text}")


def table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print rows in columns: wrapped by rich on a terminal, one line each otherwise."""
    safe = [[_safe(cell) for cell in row] for row in rows]
    if sys.stdout.isatty():
        _rich_table(headers, safe)
        return
    widths = [max(map(len, column)) for column in zip(headers, *safe, strict=True)]
    for row in (headers, *safe):
        cells = (f"{cell:{width}}" for cell, width in zip(row, widths, strict=True))
        click.echo("  ".join(cells).rstrip())


def _rich_table(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    shown = Table(box=None, pad_edge=False, header_style="bold")
    for header in headers:
        shown.add_column(header, overflow="fold")
    for row in rows:
        shown.add_row(*(Text(cell) for cell in row))  # Text: brackets in a name are no markup
    Console(highlight=False).print(shown)


@contextmanager
def progress(label: str, size: int) -> Iterator[Progress | None]:
    """Give a function for (done, total) bytes that draws a bar on standard error.

    None without a terminal, and for work of few bytes.
    """
    if size < _WORTH_A_BAR or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(binary_units=True),
        TransferSpeedColumn(),
    )
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        bar = bars.add_task(_safe(label)[-60:], total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def _safe(text: str) -> str:
    """Escape what a terminal would act upon; what is escaped already stays as it is."""
    return printable(text).replace("\\\\", "\\")[:_WIDEST]


def _styled(text: str, style: str | None, stream: TextIO) -> str:
    return click.style(text, fg=style) if style and _colours(stream) else text


def _colours(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
