"""`panicpipe retry`: let a parked dump go on."""

from __future__ import annotations

import time
from pathlib import Path

import click

from pipeline.cli import output, phrases
from pipeline.cli.journals import found, reading, request, state_directory
from pipeline.cli.options import config_option, number_argument
from pipeline.daemon.state_directory import running, wake
from pipeline.errors import ExitCode, PanicPipeError
from pipeline.journal.record import Record, read_record
from pipeline.journal.rows import OPEN_STATES, State

_AGAIN = "to process its file again, use `panicpipe process FILE`"
_NOTHING = {
    State.DONE: f"is done: there is nothing to retry; {_AGAIN}",
    State.IGNORED: "was left alone, because it is no dump: there is nothing to retry",
    State.GONE: "is gone: its file was removed before it was processed",
}
_GONE_LATER = "is gone: its file was removed before it was archived; what was announced is there"


@click.command()
@number_argument
@config_option
def retry(number: int, config: Path | None) -> int:
    """Let parked dump ID go on where it stopped; one that waits, or is owed, is tried at once.

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
    request(directory, "retry", number)
    if wake(directory):
        output.say(f"Dump {number} is taken up again now; see `panicpipe show {number}`.")
    else:
        output.say(f"Noted. No daemon is running: dump {number} goes on when it starts.")
    return ExitCode.OK


def _refuse(record: Record) -> None:
    row = record.row
    if record.newer is not None:
        raise PanicPipeError(f"dump {row.id} cannot be retried: {phrases.replaced(record.newer)}")
    if row.state is State.GONE and row.announced is not None:
        raise PanicPipeError(f"dump {row.id} {_GONE_LATER}")
    if row.state is not State.PARKED and row.state not in OPEN_STATES:
        raise PanicPipeError(f"dump {row.id} {_NOTHING.get(row.state, f'is {row.state}')}")
