"""`panicpipe status`: what arrives, waits, is done and has failed."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output
from pipeline.cli.journals import reading, state_directory
from pipeline.cli.layout import Line
from pipeline.cli.options import config_option, json_option
from pipeline.cli.screen import Screen, can_redraw
from pipeline.cli.status_text import report_lines
from pipeline.cli.status_value import report_value
from pipeline.config import chain_only
from pipeline.daemon.state_directory import running
from pipeline.journal.report import Report, read_report

MOST_DONE = 5
_WATCH_EVERY = 1.0


@click.command()
@click.option("--watch", is_flag=True, help="Show it anew every second, until Ctrl-C.")
@click.option(
    "--all", "everything", is_flag=True, help=f"Show all there is, not the last {MOST_DONE}."
)
@json_option
@config_option
def status(watch: bool, everything: bool, as_json: bool, config: Path | None) -> None:
    """Show what arrives (with per cent and rate), waits, is done and has failed.

    Exit code 0 also when no daemon is running: the first line says so, as does "running" in the
    JSON.
    """
    directory = state_directory(config)
    chain = chain_only(config)

    def report() -> Report:
        with reading(directory) as journal:
            return read_report(
                journal, alive=running(directory), most_done=-1 if everything else MOST_DONE
            )

    def lines(report: Report) -> list[Line]:
        most = None if everything else MOST_DONE
        return list(
            report_lines(report, directory=directory, chain=chain, most=most, width=output.width())
        )

    if as_json:
        _print_json(lambda: report_value(report(), chain=chain), watch=watch)
    elif watch and can_redraw():
        _redraw(lambda: lines(report()))
    else:
        _print(report, lines, watch=watch)


def _print_json(value: Callable[[], dict[str, Any]], *, watch: bool) -> None:
    output.print_json(value())
    while watch:
        time.sleep(_WATCH_EVERY)
        output.print_json(value())


def _print(
    report: Callable[[], Report], lines: Callable[[Report], list[Line]], *, watch: bool
) -> None:
    """Print the report, and where it is watched, again whenever something has happened."""
    shown = report()
    _say(lines(shown))
    while watch:
        time.sleep(_WATCH_EVERY)
        before, shown = shown, report()
        if shown != before:
            output.say()
            _say(lines(shown))


def _say(lines: list[Line]) -> None:
    for line in lines:
        output.say(line.text, line.style)


def _redraw(lines: Callable[[], list[Line]]) -> None:
    first = lines()  # what is wrong is told before the screen changes
    with Screen() as screen:
        screen.draw(first)
        while True:
            time.sleep(_WATCH_EVERY)
            screen.draw(lines())
