"""Whether this Mac goes to sleep, and comes back after a power failure, on mains power.

`pmset -g custom` has a section for each source of power and a setting on each line below it:

    AC Power:
     Sleep On Power Button 1
     autorestart          1
     sleep                0

Remarks may follow a value, such as `(sleep prevented by caffeinate)`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.machine import Machine

PMSET = "/usr/bin/pmset"
_MAINS = "AC Power:"
_MOST_DIGITS = 6


@dataclass(frozen=True, kw_only=True)
class Power:
    """Settings on mains power. None: the Mac has no such setting, or does not tell."""

    sleep: int | None = None
    """Minutes without work after which it sleeps; 0: never."""
    disk_sleep: int | None = None
    """Minutes without work after which disks stop; 0: never."""
    autorestart: bool | None = None
    """Whether it starts by itself when power is back."""


def power(machine: Machine) -> Power:
    """Ask for the settings; anybody may."""
    answer = machine.ask(PMSET, "-g", "custom")
    told = {} if answer is None or answer.status else dict(_settings(answer.out))
    restart = told.get("autorestart")
    return Power(
        sleep=told.get("sleep"),
        disk_sleep=told.get("disksleep"),
        autorestart=None if restart is None else restart != 0,
    )


def _settings(text: str) -> Iterator[tuple[str, int]]:
    on_mains = False
    for line in text.splitlines():
        if not line.startswith((" ", "\t")):
            on_mains = line.strip() == _MAINS
        elif on_mains:
            fields = line.split()
            if len(fields) > 1 and fields[1].isascii() and fields[1].isdigit():
                yield fields[0], int(fields[1][:_MOST_DIGITS])
