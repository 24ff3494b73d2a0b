"""What the service is installed to run, read from its property list or its unit."""

from __future__ import annotations

import plistlib
import re
from pathlib import PurePosixPath
from xml.parsers.expat import ExpatError

from pipeline.installing.linux_layout import UNIT
from pipeline.installing.mac_layout import PLIST
from pipeline.machine import Machine

_EXEC = re.compile(r"^ExecStart=[-@:+!]*(/\S+)", re.MULTILINE)


def is_installed(machine: Machine) -> bool:
    """Whether the service's property list, or its unit, is there."""
    return machine.place(PLIST if machine.mac else UNIT).is_file()


def environment(machine: Machine) -> str | None:
    """Return the Python environment that the service is to run from, a path of the machine."""
    program = _program_of_mac(machine) if machine.mac else _program_of_linux(machine)
    python = PurePosixPath(program or "")
    return (
        str(python.parent.parent) if python.is_absolute() and python.parent.name == "bin" else None
    )


def _program_of_mac(machine: Machine) -> str | None:
    try:
        with machine.place(PLIST).open("rb") as file:
            program = plistlib.load(file)["ProgramArguments"][0]
    except (OSError, ExpatError, ValueError, LookupError, TypeError, AttributeError, MemoryError):
        return None
    return program if isinstance(program, str) else None


def _program_of_linux(machine: Machine) -> str | None:
    try:
        text = machine.place(UNIT).read_text("utf-8", "replace")
    except OSError:
        return None
    match = _EXEC.search(text)
    return None if match is None else match[1]
