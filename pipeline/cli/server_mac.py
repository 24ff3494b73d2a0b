"""The Mac that `panicpipe server` is about."""

from __future__ import annotations

from pathlib import Path

from pipeline.errors import MachineError
from pipeline.machine import Machine, this_machine


def receiving_mac(root: Path | None) -> Machine:
    """Return it; MachineError where this is none."""
    machine = this_machine(root)
    if not machine.mac:
        raise MachineError(
            "kdumpd is part of macOS: run `panicpipe server` on the Mac that receives the dumps"
        )
    return machine
