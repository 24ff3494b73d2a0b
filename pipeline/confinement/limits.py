"""How much one worker may take, and what is said of one that took more."""

from __future__ import annotations

import math
from dataclasses import dataclass

from pipeline.model import Dump
from pipeline.sizes import exact_size

_GIB = 1 << 30
_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True)
class Limits:
    """The table `[limits]`. Times are for each GiB of the uncompressed dump that was begun."""

    memory: int = 4 << 30
    """Bytes in use at once."""
    cpu_hours: float = 2
    """Of one step, all its threads together."""
    step_hours: float = 6
    """Of one step, from its beginning to its end; steps that talk to other machines have none."""

    def cpu_seconds(self, size: int) -> int:
        """Return the whole seconds of CPU time, at least one, that `size` bytes may cost."""
        return max(math.ceil(self.cpu_hours * _HOUR * _gib(size)), 1)

    def step_seconds(self, size: int) -> float:
        return self.step_hours * _HOUR * _gib(size)

    @property
    def over_memory(self) -> str:
        return f"used more than {exact_size(self.memory)} of memory ([limits] memory)"

    @property
    def over_cpu(self) -> str:
        return f"used more than {self.cpu_hours:g} h of CPU time a GiB ([limits] cpu_hours)"

    @property
    def over_time(self) -> str:
        return f"took more than {self.step_hours:g} h a GiB ([limits] step_hours)"


def bytes_of(dump: Dump) -> int:
    """Return how many bytes of a dump a step may have to do with."""
    return max(dump.size, dump.inspection.uncompressed_size or 0)


def _gib(size: int) -> int:
    return max(-(-size // _GIB), 1)
