"""What `server setup` found before it changed anything, so that `server undo` can bring it back."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from pipeline.display import printable
from pipeline.errors import MachineError, Untrusted
from pipeline.machine import Changes, Machine

FOLDER = "/Library/Application Support/PanicPipe"
FILE = f"{FOLDER}/server.json"
_LARGEST = 1 << 16


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
    place = machine.place(FILE)
    shown = printable(os.fsencode(place))
    try:
        fd = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"{shown}: {error.strerror}") from error
    with open(fd, "rb") as file:
        found = os.fstat(fd)
        writable = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
        if found.st_uid not in (0, os.geteuid()) or writable or not stat.S_ISREG(found.st_mode):
            raise Untrusted(f"{shown}: others could have written it; look at it, and remove it")
        text = file.read(_LARGEST)
    try:
        return msgspec.json.decode(text, type=Record)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
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
