"""What launchd knows of a job: whether it is loaded, runs, and would be started at boot.

`launchctl print` says of itself that it is no interface, so `list LABEL` is asked, whose form has
been the same since 2005, and `print-disabled`, in both of its forms.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.machine import Answer, Machine

LAUNCHCTL = "/bin/launchctl"
NOT_LOADED = 113
"""What `list` and `print` end with for a job that is not loaded."""
_NUMBER = r'^\s*"{key}" = (-?\d+);'
_OVERRIDE = r'^\s*"{label}" => (disabled|enabled|true|false)\s*$'


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job of the system's domain. None: launchd gave no answer that could be read."""

    label: str
    loaded: bool | None
    pid: int | None
    """Of the process that runs now; None where none does, or nobody knows."""
    last_exit: int | None
    """As wait(2) gives it, not as an exit code."""
    disabled: bool | None
    """What the override database says; None where it says nothing: the property list decides."""


def look(machine: Machine, label: str) -> Job:
    """Ask launchd for a job; as root, since others are told nothing of the system's domain."""
    answer = machine.ask(LAUNCHCTL, "list", label)
    loaded = _loaded(answer)
    listed = answer.out if answer is not None and loaded else ""
    return Job(
        label=label,
        loaded=loaded,
        pid=_number("PID", listed),
        last_exit=_number("LastExitStatus", listed),
        disabled=disabled(machine, label),
    )


def disabled(machine: Machine, label: str) -> bool | None:
    """Return what the override database says of a job; None where it says nothing."""
    answer = machine.ask(LAUNCHCTL, "print-disabled", "system")
    if answer is None or answer.status:
        return None
    found = re.search(_OVERRIDE.format(label=re.escape(label)), answer.out, re.MULTILINE)
    return None if found is None else found[1] in ("disabled", "true")


def _loaded(answer: Answer | None) -> bool | None:
    if answer is None:
        return None
    if answer.status == 0:
        return '"Label"' in answer.out or None
    gone = answer.status == NOT_LOADED or "Could not find service" in answer.err + answer.out
    return False if gone else None


def _number(key: str, listed: str) -> int | None:
    found = re.search(_NUMBER.format(key=key), listed, re.MULTILINE)
    return int(found[1]) if found else None
