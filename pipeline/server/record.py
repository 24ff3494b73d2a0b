"""What `server setup` found before it changed anything, so that `server undo` can bring it back."""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from pipeline.display import printable
from pipeline.errors import MachineError
from pipeline.machine import Changes, Machine
from pipeline.machine.recalling import recalled

FOLDER = "/Library/Application Support/PanicPipe"
FILE = f"{FOLDER}/server.json"


class Directory(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A directory for dumps that was set up."""

    path: str
    made: bool
    """Whether it was not there before."""
    group: int = 0
    mode: int = 0
    """As they were, where it was there."""


class Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Apple's job as it was found, and the directories since."""

    disabled: bool | None
    """What launchd's override database said of it; None: nothing."""
    loaded: bool
    directories: tuple[Directory, ...] = ()
    version: int = 1

    def knows(self, path: Path) -> bool:
        return any(known.path == str(path) for known in self.directories)


def read(machine: Machine) -> Record | None:
    """Return what is on record; None where nothing is.

    Untrusted where others could have written it: root acts on what it says.
    """
    text = recalled(machine, FILE)
    if text is None:
        return None
    try:
        return msgspec.json.decode(text, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        shown = printable(os.fsencode(machine.place(FILE)))
        raise MachineError(
            f"{shown}: is no record of server setup ({error}); remove it, and set the server up "
            "again"
        ) from error


def write(changes: Changes, record: Record) -> None:
    """Have it on record; MachineError where it cannot be."""
    changes.directory(FOLDER, "root", "wheel", 0o755)
    changes.file(FILE, msgspec.json.encode(record) + b"\n", "root", "wheel", 0o644)


def remove(changes: Changes) -> None:
    """Take it away, and the folder where nothing else is in it."""
    changes.remove(FILE)
    changes.remove_directory(FOLDER)
