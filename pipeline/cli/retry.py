"""`panicpipe retry`: let a parked dump go on."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.options import config_option
from pipeline.config import state_directory_only
from pipeline.errors import ExitCode, JournalError, PanicPipeError
from pipeline.journal import Journal
from pipeline.journal.rows import OPEN_STATES, State
from pipeline.state_directory import wake


@click.command()
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@config_option
def retry(number: int, config: Path | None) -> int:
    """Let parked dump ID go on where it stopped; one that waits is tried at once.

    What its stages have already done is not done again.
    """
    directory = state_directory_only(config)
    Journal.read(directory).close()  # says plainly where there is none, or no permission
    if not os.access(directory, os.W_OK):
        raise JournalError(
            f"{directory}: permission denied; it belongs to the daemon's user: use sudo"
        )
    journal = Journal.open(directory)
    try:
        row = journal.dumps.find(number)
        if row is None:
            raise PanicPipeError(f"there is no dump {number}; see `panicpipe status --all`")
        if row.state is not State.PARKED and row.state not in OPEN_STATES:
            raise PanicPipeError(
                f"dump {number} is {row.state}: there is nothing to retry; "
                "to zip its file again use `panicpipe process FILE`"
            )
        journal.requests.add("retry", number, time.time())
    finally:
        journal.close()
    if wake(directory):
        output.say(f"Dump {number} is taken up again now; see `panicpipe show {number}`.")
    else:
        output.say(f"Noted. No daemon is running: dump {number} goes on when it starts.")
    return ExitCode.OK
