"""What boot-args were before they were changed, kept beside the configuration until undone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pipeline.errors import MachineError
from pipeline.machine import Changes, Machine
from pipeline.machine.recalling import recalled

_SITE = "/Library/Application Support/PanicPipe"
FILE = f"{_SITE}/boot-args.before"


@dataclass(frozen=True, kw_only=True)
class Before:
    """One change: from what, to what."""

    before: str
    added: str


def kept(machine: Machine) -> Before | None:
    """Return the change that can be undone; None where there is none.

    Untrusted where others could have written it: root sets what it says.
    """
    data = recalled(machine, FILE)
    if data is None:
        return None
    try:
        found = json.loads(data)
        before, added = found["before"], found["added"]
    except (ValueError, LookupError, TypeError):
        before = added = None
    if not isinstance(before, str) or not isinstance(added, str):
        raise MachineError(f"{FILE}: is not as it was written; look into it, and remove it")
    return Before(before=before, added=added)


def keep(changes: Changes, change: Before) -> None:
    """Write it down, in place of what was there."""
    changes.directory(_SITE, "root", "wheel", 0o755)
    data = json.dumps(asdict(change), indent=1).encode() + b"\n"
    changes.file(FILE, data, "root", "wheel", 0o644)


def forget(changes: Changes) -> None:
    """Nothing is left to undo."""
    changes.remove(FILE)
    changes.remove_directory(_SITE)
