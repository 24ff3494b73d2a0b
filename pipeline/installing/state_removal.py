"""Takes the daemon's records out of its state directory, and nothing else that may be there.

A configuration may have dumps arrive in that directory, or zips put there.
"""

from __future__ import annotations

import os

from pipeline.journal.database import FILE_NAME
from pipeline.machine import Changes, Machine

_RECORDS = frozenset({"lock", "wake", "receipts", "spool"})


def remove_records(changes: Changes, state: str) -> None:
    """Remove the journal, what waits to be sent, empty directories, and it where it is empty."""
    for name in names(changes.machine, state):
        path = f"{state}/{name}"
        if not is_record(name):
            changes.remove_directory(path)
        elif changes.machine.place(path).is_dir() and not changes.machine.place(path).is_symlink():
            changes.remove_tree(path)
        else:
            changes.remove(path)
    changes.remove_directory(state)


def is_record(name: str) -> bool:
    """Whether it is the daemon's own; the journal has files beside it while it is used."""
    return name in _RECORDS or name.startswith(FILE_NAME)


def names(machine: Machine, directory: str) -> list[str]:
    """Return what is in a directory; nothing where there is none, or only root may look."""
    try:
        return sorted(os.listdir(machine.place(directory)))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return []
