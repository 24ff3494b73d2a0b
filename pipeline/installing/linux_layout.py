"""What is where on Linux, whose it is, and who may read it."""

from __future__ import annotations

import re

from pipeline.errors import MachineError
from pipeline.installing import material
from pipeline.linux.account import NAME
from pipeline.machine import Changes, Machine

UNIT_NAME = "panicpipe.service"
UNIT = f"/etc/systemd/system/{UNIT_NAME}"
DROP_INS = f"{UNIT}.d"
DIRECTORIES = f"{DROP_INS}/directories.conf"
HOME = "/opt/panicpipe"
WRAPPER = "/usr/local/bin/panicpipe"
SITE = "/etc/xdg/panicpipe"
CONFIGURATION = f"{SITE}/panicpipe.toml"
STATE = "/var/lib/panicpipe"
OUTPUTS = f"{STATE}/packages"
_COMMAND = re.compile(r"^ExecStart=(?P<program>\S+) -I -m pipeline run$", re.MULTILINE)
_PLAIN = re.compile(r"/[A-Za-z0-9/._+-]*")


def directories(changes: Changes) -> None:
    """Have the directories that are ours; those of the system are made where they are missing."""
    for path in ("/opt", "/usr/local/bin", "/etc/xdg"):
        if not changes.machine.place(path).is_dir():
            changes.directory(path, "root", "root", 0o755)
    for path in (HOME, SITE):
        changes.directory(path, "root", "root", 0o755)


def state(changes: Changes) -> None:
    """Have the directory of the journal, the account's alone."""
    changes.directory(STATE, NAME, NAME, 0o700)


def rendered(python: str) -> bytes:
    """Return the unit for this interpreter, a path of the machine."""
    if not _PLAIN.fullmatch(python):
        raise MachineError(f"{python}: systemd would read this path otherwise; use a plain one")
    line = f"ExecStart={python} -I -m pipeline run"
    text, count = _COMMAND.subn(lambda _: line, material.text(UNIT_NAME))
    if count != 1:
        raise MachineError(f"{UNIT_NAME}: is not as it was shipped; install panicpipe anew")
    return text.encode()


def installed(machine: Machine, path: str = UNIT) -> bytes | None:
    """Return a file that is there, or None."""
    try:
        return machine.place(path).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"{path}: cannot be read: {error.strerror}") from error


def program(unit: bytes) -> str | None:
    """Return which interpreter a unit names; None where it is none of ours."""
    found = _COMMAND.search(unit.decode("utf-8", "replace"))
    return None if found is None else found["program"]
