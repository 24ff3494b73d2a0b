"""A machine whose programs are waited for no longer than there is time."""

from __future__ import annotations

import time
from dataclasses import dataclass

from pipeline.errors import MachineError
from pipeline.machine import Answer, Machine

_LONGEST = 5.0
"""Seconds for one program: all that the doctor asks answer within one."""


@dataclass(frozen=True)
class HurriedMachine(Machine):
    """The same machine, until a moment of the monotonic clock."""

    until: float = float("inf")

    @classmethod
    def of(cls, machine: Machine, seconds: float) -> HurriedMachine:
        return cls(machine.root, machine.platform, time.monotonic() + seconds)

    def run(
        self, program: str, *arguments: str, patience: float = _LONGEST, text: str | None = None
    ) -> Answer:
        """Run it as Machine does; MachineError where there is no time left."""
        left = min(patience, _LONGEST, self.until - time.monotonic())
        if left <= 0:
            raise MachineError(f"{program}: no time left to ask it")
        return super().run(program, *arguments, patience=left, text=text)
