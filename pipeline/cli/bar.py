"""The progress bar of `process`: which file, what is being done with it, and how far it is."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from pipeline.cli.output import safe
from pipeline.one_shot import Show

if TYPE_CHECKING:
    from rich.progress import Progress

_PATIENCE = 0.5
"""Seconds: what takes no longer needs no bar."""
_LONGEST_NAME = 28
_OTHERS = 66
"""Columns that everything but the bar itself takes."""


@contextmanager
def bar(name: str) -> Iterator[Show | None]:
    """Give what draws the bar on standard error; None without a terminal."""
    if not sys.stderr.isatty():
        yield None
        return
    with ExitStack() as stack:
        yield _Bar(name, stack).show


class _Bar:
    def __init__(self, name: str, stack: ExitStack) -> None:
        shown = safe(name)
        self._name = shown if len(shown) <= _LONGEST_NAME else f"…{shown[1 - _LONGEST_NAME :]}"
        self._stack = stack
        self._begin = time.monotonic()
        self._bars: Progress | None = None
        self._phase = ""

    def show(self, phase: str, done: int, total: int | None) -> None:
        if self._bars is None:
            if time.monotonic() - self._begin < _PATIENCE:
                return
            self._bars = self._stack.enter_context(_bars())
        if phase != self._phase:
            for task in self._bars.task_ids:
                self._bars.remove_task(task)
            self._phase = phase
            self._bars.add_task(f"{phase} {self._name}", total=None)
        self._bars.update(self._bars.task_ids[0], completed=done, total=total)


def _bars() -> Progress:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TaskProgressColumn,
        TextColumn,
        TimeRemainingColumn,
    )

    width = shutil.get_terminal_size().columns - _OTHERS
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(max(8, min(width, 40))),
        TaskProgressColumn(),
        DownloadColumn(binary_units=True),
        TimeRemainingColumn(compact=True),
        console=Console(stderr=True, highlight=False),
        transient=True,
    )
