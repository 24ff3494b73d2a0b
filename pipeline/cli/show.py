"""`panicpipe show`: all that is known of one dump."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.journals import found, reading, state_directory
from pipeline.cli.options import config_option, json_option, number_argument
from pipeline.cli.show_text import record_lines
from pipeline.cli.show_value import record_value
from pipeline.daemon.state_directory import running
from pipeline.journal.record import read_record


@click.command()
@number_argument
@json_option
@config_option
def show(number: int, as_json: bool, config: Path | None) -> None:
    """Show all that is known of dump ID: verdict, facts, steps, files, alerts.

    IDs are what `panicpipe status` prints first for each dump.
    """
    directory = state_directory(config)
    with reading(directory) as journal, journal.snapshot():
        record = read_record(journal, found(journal, number), alive=running(directory))
    if as_json:
        output.print_json(record_value(record))
        return
    for line in record_lines(record, width=output.width()):
        output.say(line.text, line.style)
