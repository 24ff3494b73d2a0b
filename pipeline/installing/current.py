"""Whether the daemon that runs is the one that is installed."""

from __future__ import annotations

import os
import re

from pipeline.daemon.lifeline import Run, last_run
from pipeline.daemon.state_directory import running
from pipeline.errors import JournalError
from pipeline.journal.untouched import untouched
from pipeline.machine import Machine
from pipeline.machine.acting import acting_as_owner

_DIST_INFO = re.compile(r"panicpipe-([A-Za-z0-9.!+]+)\.dist-info")


def is_outdated(machine: Machine, state: str, environment: str) -> bool:
    """Whether a daemon runs from another environment than this, or as another version.

    Such as the one before an upgrade that was killed, or was made in place by pip. False where
    none runs, and where it does not tell.
    """
    run = _running(machine, state)
    if run is None:
        return False
    prefix = os.path.realpath(machine.place(environment))
    held = version(machine, environment)
    return (run.prefix is not None and os.path.realpath(run.prefix) != prefix) or (
        held is not None and run.version != held
    )


def version(machine: Machine, environment: str) -> str | None:
    """Return which panicpipe is in an environment; None where that cannot be told."""
    for found in machine.place(environment).glob(
        "lib/python3*/site-packages/panicpipe-*.dist-info"
    ):
        match = _DIST_INFO.fullmatch(found.name)
        if match:
            return match[1]
    return None


def _running(machine: Machine, state: str) -> Run | None:
    place = machine.place(state)
    try:
        if not running(place):
            return None
        with acting_as_owner(place), untouched(place, alive=True) as journal:
            return last_run(journal)
    except (JournalError, OSError):
        return None
