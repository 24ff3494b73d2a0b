"""`panicpipe retry`: let a parked dump go on."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

import click

from pipeline.cli import output, phrases
from pipeline.cli.journals import found, reading, state_directory, unusable
from pipeline.cli.options import config_option, number_argument
from pipeline.daemon.state_directory import running, wake
from pipeline.display import printable
from pipeline.errors import ExitCode, JournalError, PanicPipeError
from pipeline.journal import Journal
from pipeline.journal.record import Record, read_record
from pipeline.journal.rows import OPEN_STATES, State

_AGAIN = "to process its file again, use `panicpipe process FILE`"
_NOTHING = {
    State.DONE: f"is done: there is nothing to retry; {_AGAIN}",
    State.IGNORED: "was left alone, because it is no dump: there is nothing to retry",
    State.GONE: "is gone: its file was removed before it was processed",
}


@click.command()
@number_argument
@config_option
def retry(number: int, config: Path | None) -> int:
    """Let parked dump ID go on where it stopped; one that waits is tried at once.

    What its stages have already done is not done again. Without a daemon, the dump goes on when
    one starts.
    """
    directory = state_directory(config)
    with reading(directory) as journal, journal.snapshot():
        record = read_record(journal, found(journal, number), alive=running(directory))
    if record.live is not None:
        now = phrases.progress(record.live, time.time())
        output.say(f"Dump {number} is being worked on already: {now}.")
        return ExitCode.OK
    _refuse(record)
    _request(directory, number)
    if wake(directory):
        output.say(f"Dump {number} is taken up again now; see `panicpipe show {number}`.")
    else:
        output.say(f"Noted. No daemon is running: dump {number} goes on when it starts.")
    return ExitCode.OK


def _refuse(record: Record) -> None:
    row = record.row
    if record.newer is not None:
        raise PanicPipeError(f"dump {row.id} cannot be retried: {phrases.replaced(record.newer)}")
    if row.state is not State.PARKED and row.state not in OPEN_STATES:
        raise PanicPipeError(f"dump {row.id} {_NOTHING.get(row.state, f'is {row.state}')}")


def _request(directory: Path, number: int) -> None:
    if not os.access(directory, os.W_OK):
        raise JournalError(
            f"{printable(os.fsencode(directory))}: permission denied; it belongs to the daemon's "
            "user: use sudo"
        )
    journal = Journal.open(directory)
    try:
        journal.requests.add("retry", number, time.time())
    except sqlite3.Error as error:
        raise unusable(directory, error) from error
    finally:
        journal.close()
