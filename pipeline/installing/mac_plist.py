"""The LaunchDaemon's property list: the shipped one, with the program that is to be run."""

from __future__ import annotations

import os
import plistlib
import re
import shlex
from pathlib import Path, PurePosixPath
from xml.parsers.expat import ExpatError

from pipeline.display import printable
from pipeline.errors import MachineError
from pipeline.installing import material
from pipeline.installing.mac_layout import LABEL, LOG, PLIST
from pipeline.machine import Machine

NAME = f"{LABEL}.plist"
_ARGUMENTS = re.compile(rb"(<key>ProgramArguments</key>\s*<array>).*?(</array>)", re.DOTALL)


def rendered(python: str) -> bytes:
    """Return the property list for this interpreter, a path of the machine; comments stay."""
    arguments = [python, "-I", "-m", "pipeline", "run", "--log", LOG]
    try:
        strings = plistlib.dumps(arguments).partition(b"<array>")[2].rpartition(b"</array>")[0]
    except ValueError:
        shown = printable(os.fsencode(python))
        raise MachineError(f"{shown}: no property list can name it; use a plain path") from None
    lines = strings.strip().replace(b"\n\t", b"\n\t\t")
    text, count = _ARGUMENTS.subn(
        lambda found: found[1] + b"\n\t\t" + lines + b"\n\t" + found[2], material.data(NAME)
    )
    if count != 1 or plistlib.loads(text)["ProgramArguments"] != arguments:
        raise MachineError(f"{NAME}: is not as it was shipped; install panicpipe anew")
    return text


def installed(machine: Machine) -> bytes | None:
    """Return the property list that is there, or None."""
    try:
        return machine.place(PLIST).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"{PLIST}: cannot be read: {error.strerror}") from error


def refuse_others(machine: Machine) -> None:
    """Refuse to share the label: after a restart launchd would load either of the two."""
    for place in sorted(machine.place(PLIST).parent.glob("*.plist")):
        if place.name != NAME and _label(place) == LABEL:
            shown = printable(os.fsencode(place))
            raise MachineError(
                f"{shown}: is another property list of {LABEL}; look what it is for, and remove "
                f"it: sudo launchctl bootout system/{LABEL}; sudo rm {shlex.quote(shown)}"
            )


def _label(place: Path) -> object:
    try:
        return plistlib.loads(place.read_bytes())["Label"]
    except (OSError, ValueError, ExpatError, LookupError, TypeError, AttributeError, MemoryError):
        return None


def program(plist: bytes) -> str | None:
    """Return which interpreter a property list names; None where it is none of ours."""
    arguments = _arguments(plist)
    return arguments[0] if arguments[1:5] == ["-I", "-m", "pipeline", "run"] else None


def environment(plist: bytes) -> str | None:
    """Return the environment that a property list runs anything from, ours or made by hand."""
    executable = PurePosixPath(next(iter(_arguments(plist)), ""))
    return str(executable.parent.parent) if executable.parent.name == "bin" else None


def _arguments(plist: bytes) -> list[str]:
    try:
        arguments = plistlib.loads(plist)["ProgramArguments"]
    except (ValueError, ExpatError, LookupError, TypeError, AttributeError, MemoryError):
        return []
    texts = isinstance(arguments, list) and all(isinstance(each, str) for each in arguments)
    return arguments if texts else []
