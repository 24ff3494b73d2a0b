"""The dump server of this Mac: which job it is, where it writes, and what launchd does with it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline import kdumpd
from pipeline.machine import Machine
from pipeline.macos.launchd import Job, look


@dataclass(frozen=True, kw_only=True)
class Kdumpd:
    """The job that receives dumps, as it stands."""

    label: str
    plist: Path
    directory: Path
    """Where it is told to write; a path of the machine."""
    ours: bool
    """Whether it is our own job in place of Apple's."""
    job: Job
    apple: Job
    """Apple's own job; the same one, unless `ours`."""

    @property
    def starts_at_boot(self) -> bool | None:
        """Whether launchd loads it at boot: Apple's property list by itself says no."""
        if self.job.disabled is not None:
            return not self.job.disabled
        if self.job.loaded is None:
            return None
        if self.ours:
            return True
        return None if self.job.loaded else False


def server(machine: Machine) -> Kdumpd | None:
    """Ask for all of it; None where no property list tells kdumpd a directory."""
    told = kdumpd.told(machine.root)
    if told is None:
        return None
    apple = look(machine, kdumpd.APPLE)
    return Kdumpd(
        label=told.label,
        plist=told.plist,
        directory=told.directory,
        ours=told.ours,
        job=look(machine, told.label) if told.ours else apple,
        apple=apple,
    )
