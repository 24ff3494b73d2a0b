"""Who may change the machine: root, and anybody who only rehearses."""

from __future__ import annotations

import os

from pipeline.errors import NeedsRoot
from pipeline.machine import Machine


def need_root(machine: Machine, command: str, *, dry_run: bool = False) -> None:
    """Refuse to begin what only root can end."""
    if machine.real and not dry_run and os.geteuid() != 0:
        raise NeedsRoot(
            f"{command}: only root can do this; nothing was changed; put sudo before the command"
        )
