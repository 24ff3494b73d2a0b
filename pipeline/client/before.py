"""What boot-args were before they were changed, kept beside the configuration until undone."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from pipeline.errors import MachineError
from pipeline.machine import Changes, Machine

_SITE = "/Library/Application Support/PanicPipe"
FILE = f"{_SITE}/boot-args.before"
_LONGEST = 1 << 16


@dataclass(frozen=True, kw_only=True)
class Before:
    """One change: from what, to what."""

    before: str
    added: str


def kept(machine: Machine) -> Before | None:
    """Return the change that can be undone; None where there is none."""
    try:
        text = machine.place(FILE).read_bytes()[:_LONGEST]
        value = json.loads(text)
        return Before(before=str(value["before"]), added=str(value["added"]))
    except FileNotFoundError:
        return None
    except OSError as error:
        raise MachineError(f"{FILE}: cannot be read: {error.strerror}") from error
    except (ValueError, LookupError, TypeError):
        raise MachineError(f"{FILE}: cannot be read; look into it, and remove it") from None


def keep(changes: Changes, change: Before) -> None:
    """Keep it; of several changes in a row the first one's `before` is what counts."""
    changes.directory(_SITE, "root", "wheel", 0o755)
    data = json.dumps(asdict(change), indent=1).encode() + b"\n"
    changes.file(FILE, data, "root", "wheel", 0o644)


def forget(changes: Changes) -> None:
    """Nothing is left to undo."""
    changes.remove(FILE)
    changes.remove_directory(_SITE)
