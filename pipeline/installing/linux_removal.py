"""Takes the service away from a Linux machine; says what stays and what cannot be taken back."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

from pipeline.installing.linux_layout import (
    CONFIGURATION,
    DIRECTORIES,
    DROP_INS,
    HOME,
    OUTPUTS,
    SITE,
    STATE,
    UNIT,
    WRAPPER,
)
from pipeline.installing.linux_service import SystemdService
from pipeline.linux import account, systemd
from pipeline.machine import Changes, Machine

_CHOWN = "/usr/bin/chown"
_OURS = "-I -m pipeline"


def uninstall(changes: Changes, say: Callable[[str], None], *, purge: bool) -> None:
    """Stop and remove the service; with `purge` also its records, its settings and its account.

    Dumps and zips are never removed. What is there no more is passed over, so that it can be run
    again where it was interrupted.
    """
    SystemdService(changes).stop()
    removed = [changes.remove(UNIT), changes.remove(DIRECTORIES)]
    changes.remove_directory(DROP_INS)
    if any(removed):
        systemd.reload(changes)
    if _is_ours(changes.machine):
        changes.remove(WRAPPER)
    changes.remove_tree(HOME)
    if purge:
        _purge(changes)
    for line in _remains(changes.machine, purge=purge):
        say(line)


def _purge(changes: Changes) -> None:
    """Remove all but the zips, which become root's: an account's number is given away again."""
    machine = changes.machine
    for name in sorted(_names(machine, STATE)):
        path = f"{STATE}/{name}"
        if path == OUTPUTS:
            changes.remove_directory(path)
        elif machine.place(path).is_dir() and not machine.place(path).is_symlink():
            changes.remove_tree(path)
        else:
            changes.remove(path)
    changes.remove_directory(STATE)
    if machine.place(STATE).is_dir():
        place = str(machine.place(STATE))
        changes.run(_CHOWN, "-R", "--no-dereference", "root:root", place)
    changes.remove(CONFIGURATION)
    changes.remove_directory(SITE)
    account.remove(changes)


def _remains(machine: Machine, *, purge: bool) -> Iterator[str]:
    yield ""
    yield "What stays, and what would remove it:"
    yield from (f"  {text}" for text in _kept(machine, purge=purge))
    yield "What cannot be taken back:"
    yield "  alerts that were sent, and copies in an archive"
    yield "  what systemd's journal holds of the log, until it is rotated away"


def _kept(machine: Machine, *, purge: bool) -> Iterator[str]:
    if not purge and machine.place(CONFIGURATION).exists():
        yield f"the configuration: sudo rm {CONFIGURATION}"
    if not purge and machine.place(STATE).exists():
        yield f"the journal and what waits to be sent, and the zips below it: sudo rm -r {STATE}"
    if not purge and account.account(machine) is not None:
        yield f"the account {account.NAME}: sudo userdel {account.NAME}"
    if purge and machine.place(OUTPUTS).exists():
        yield f"the zips: sudo rm -r {STATE}"
    if _others(machine, DROP_INS, DIRECTORIES):
        yield f"what you have set for the unit yourself: sudo rm -r {DROP_INS}"
    if purge and _others(machine, SITE, CONFIGURATION):
        yield f"what you have put beside the configuration: sudo rm -r {SITE}"
    yield "the dumps themselves, where they arrive"


def _is_ours(machine: Machine) -> bool:
    """Whether the command there is the one that we put there."""
    try:
        return _OURS in machine.place(WRAPPER).read_text("utf-8", "replace")
    except OSError:
        return False


def _others(machine: Machine, directory: str, ours: str) -> bool:
    """Whether somebody else's file is there; ours still is after a rehearsal."""
    return any(f"{directory}/{name}" != ours for name in _names(machine, directory))


def _names(machine: Machine, directory: str) -> list[str]:
    try:
        return os.listdir(machine.place(directory))
    except (FileNotFoundError, NotADirectoryError):
        return []
