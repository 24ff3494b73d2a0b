"""What the death of a worker costs."""

from __future__ import annotations

import asyncio
import signal

from pipeline.confinement import Limits
from pipeline.errors import Rejected, TryAgain, WireError

MOST_DEATHS = 2
"""Workers that may die at one step of a dump before it is parked."""
SILENCE = 3600.0
"""Seconds after which a worker that says nothing, not even how far it is, counts as dead."""
NO_MEMORY = 80
"""Exit status of a worker that was refused memory."""
KEPT_RIGHTS = 81
"""Exit status of a worker that could not give up the daemon's rights, and so did nothing."""
_MOST_LOST = 3
_PAUSE = 0.5
"""Seconds before the next worker takes the place of one that was lost."""


class WorkerDied(WireError):
    """A worker ended before its job was done."""


class WorkerLost(WireError):
    """A worker ended, or was never started, through no fault of its own: that is not counted."""


class StepFailed(Exception):
    """A step did not succeed; `error` says what happens next."""

    def __init__(self, stage: str, error: TryAgain | Rejected) -> None:
        super().__init__(f"{stage}: {error}")
        self.stage = stage
        self.error = error


class Losses:
    """How many workers were lost in one go at a dump."""

    def __init__(self) -> None:
        self._count = 0

    async def bear(self, stage: str, loss: WorkerLost) -> None:
        """Wait for better times; StepFailed where they do not seem to come."""
        self._count += 1
        if self._count >= _MOST_LOST:
            raise StepFailed(stage, TryAgain(str(loss))) from loss
        await asyncio.sleep(_PAUSE)


def cause(status: int, limits: Limits, *, too_heavy: bool) -> str:
    """Return why a worker ended; `status` as os.waitstatus_to_exitcode gives it."""
    if too_heavy or status == NO_MEMORY:
        return limits.over_memory
    if status == -signal.SIGXCPU:
        return limits.over_cpu
    if status == KEPT_RIGHTS:
        return "the worker could not give up the daemon's rights, so it did nothing; see the log"
    if status < 0:
        name = "SIGKILL" if status == -9 else f"signal {-status}"
        return f"the worker was ended by {name}"
    if status == 0:
        return "the worker left before its work was done"
    return f"the worker ended with status {status}"
