"""One command at a time that changes a machine."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator

from pipeline.errors import AlreadyRunning, MachineError
from pipeline.machine.machine import Machine

_OF_A_MAC, _OF_LINUX = "/private/var/root", "/root"
"""Root's home: there always, and nobody else can open it, and hold the lock for ever."""


@contextlib.contextmanager
def alone(machine: Machine, *, dry_run: bool = False) -> Iterator[None]:
    """Be the only one for as long as this lasts; AlreadyRunning where somebody else is.

    Nothing is left behind by whoever is killed. Who only looks waits for nobody.
    """
    fd = None if dry_run else _opened(machine)
    if fd is None:
        yield
        return
    try:
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(
                "another panicpipe changes this machine at the moment; wait for it, and try again"
            ) from None
        yield
    finally:
        os.close(fd)


def _opened(machine: Machine) -> int | None:
    """Return the directory that is locked; None where there is none, as in some containers."""
    path = _OF_A_MAC if machine.mac else _OF_LINUX
    try:
        return os.open(machine.place(path), os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"{path}: {error.strerror}") from error
