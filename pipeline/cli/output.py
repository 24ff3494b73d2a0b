"""What the commands print: coloured on a terminal, plain otherwise, JSON for programs.

Every text given here is made safe to show, whatever it holds. rich is imported only where a
terminal shows what it makes.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any, TextIO

import click

from pipeline.display import printable

_WIDEST = 4000
_WORTH_A_BAR = 32 << 20
Progress = Callable[[int, int], None]


def prepare() -> None:
    """Let nothing stop us that a terminal's encoding lacks, or a stream that was closed.

    Without `<&-` filled up, the next file to be opened would become standard input.
    """
    for number, mode in enumerate((os.O_RDONLY, os.O_WRONLY, os.O_WRONLY)):
        if not _is_open(number):
            os.open(os.devnull, mode)  # the lowest free number: this one
            os.set_inheritable(number, True)
    sys.stdout = sys.stdout or open(1, "w", closefd=False)  # noqa: SIM115  for as long as we run
    sys.stderr = sys.stderr or open(2, "w", closefd=False)  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True


def silence() -> None:
    """Throw away what is still to be printed: nobody reads it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def say(text: str = "", style: str | None = None) -> None:
    """Print one line, in a colour of click's if a terminal shows it."""
    click.echo(styled(safe(text), style, sys.stdout))


def error(text: str) -> None:
    """Print what went wrong on standard error, one line for each of the text's."""
    for line in text.splitlines():
        prefix = styled("panicpipe:", "red", sys.stderr)
        click.echo(f"{prefix} {safe(line)}", err=True)


def print_json(value: Any) -> None:
    """Print one JSON value as one line, in ASCII, so that no encoding can spoil it."""
    click.echo(json.dumps(value, allow_nan=False))


def fields(rows: Iterable[tuple[str, str | None]], style: str | None = None) -> None:
    """Print names and values in two columns; None is left out, `style` is the first value's."""
    present = [(name, value) for name, value in rows if value is not None]
    width = max((len(name) for name, _ in present), default=0)
    for place, (name, value) in enumerate(present):
        text = styled(safe(value or ""), None if place else style, sys.stdout)
        click.echo(f"{name:{width}}  {text}")


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
        bar = bars.add_task(safe(label)[-60:], total=None)
        yield lambda done, total: bars.update(bar, completed=done, total=total)


def safe(text: str) -> str:
    """Escape what a terminal would act upon; what is escaped already stays as it is."""
    return printable(text).replace("\\\\", "\\")[:_WIDEST]


def styled(text: str, style: str | None, stream: TextIO) -> str:
    """Return the text in bold or a colour of click's, where that stream shows colours."""
    if style is None or not _colours(stream):
        return text
    return click.style(text, bold=True) if style == "bold" else click.style(text, fg=style)


def width() -> int | None:
    """Columns of the terminal that standard output is; None where it is none."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def _colours(stream: TextIO) -> bool:
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
