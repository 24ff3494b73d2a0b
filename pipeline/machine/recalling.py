"""What we have written down to act on later, read as root may: only where nobody else wrote it."""

from __future__ import annotations

import os
import stat

from pipeline.display import printable
from pipeline.errors import MachineError, Untrusted
from pipeline.machine.machine import Machine

_LARGEST = 1 << 16


def recalled(machine: Machine, path: str) -> bytes | None:
    """Return a small file's content; None where there is none.

    Untrusted where others could have written it; MachineError where it cannot be read.
    """
    place = machine.place(path)
    shown = printable(os.fsencode(place))
    try:
        fd = os.open(place, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise MachineError(f"{shown}: cannot be read: {error.strerror}") from error
    try:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise Untrusted(f"{shown}: is no file; look who made it, and remove it")
        if found.st_uid not in (0, os.geteuid()) or found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise Untrusted(f"{shown}: others could have written it; look at it, and remove it")
        with open(fd, "rb", closefd=False) as file:
            return file.read(_LARGEST)
    finally:
        os.close(fd)
