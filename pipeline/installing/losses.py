"""What would be lost with the journal: what is not done, and what nobody was told yet."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

from pipeline.errors import JournalError
from pipeline.journal import Journal
from pipeline.journal.database import FILE_NAME
from pipeline.journal.report import Report, read_report
from pipeline.journal.rows import OPEN_STATES
from pipeline.machine import Machine
from pipeline.machine.acting import acting_as_owner


def losses(machine: Machine, state: str) -> list[str]:
    """Say what is still owed, a line each; nothing where nothing is, or no journal is there."""
    place = machine.place(state)
    try:
        if not (place / FILE_NAME).exists():
            return []
        with acting_as_owner(place):
            journal = Journal.read(place)
            try:
                return list(_of(read_report(journal, alive=False, most_done=0)))
            finally:
                journal.close()
    except (JournalError, sqlite3.Error, OSError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        return [f"the journal in {state} cannot be read ({why}): nobody knows what is owed"]


def _of(report: Report) -> Iterator[str]:
    undone = sum(number for state, number in report.counts.items() if state in OPEN_STATES)
    parked = len(report.parked)
    if undone:
        yield f"dumps whose work is not done: {undone}"
    if parked:
        yield f"dumps that are parked: {parked}"
    if report.owed:
        yield f"alerts that were not sent yet: {len(report.owed)}"
