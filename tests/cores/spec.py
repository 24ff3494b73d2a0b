"""What a core is to be."""

from __future__ import annotations

import random
import uuid
from dataclasses import dataclass, field

from tests.cores.generations import Generation, generation
from tests.cores.machines import MACHINES, Arch, Machine
from tests.cores.reports import ReportSpec, arm_report, first_line, intel_report


@dataclass(frozen=True, kw_only=True)
class CoreSpec:
    """One core; the same values always give the same bytes."""

    arch: Arch = "x86_64"
    xnu: str = "8796.141.3"
    size: int = 256 << 10
    """About how long the uncompressed core is to be; at least what its parts need."""
    gzipped: bool = True
    seed: int = 1
    segments: int = 6
    cpus: int = 8
    report: ReportSpec | None = field(default_factory=ReportSpec)
    report_copies: int = 1
    """The kernel's message buffer and console can hold further ones."""
    client: str = "10.0.40.7"
    clock: int = 0x1F0C3A9E

    @property
    def machine(self) -> Machine:
        return MACHINES[self.arch]

    @property
    def generation(self) -> Generation:
        return generation(self.xnu)

    @property
    def version(self) -> str:
        """The kernel's version string."""
        darwin, date = self.generation.darwin, self.generation.date
        root = f"root:xnu-{self.xnu}~1/{self.machine.release}"
        return f"Darwin Kernel Version {darwin}: {date}; {root}"

    @property
    def uuid(self) -> str:
        """The kernel's UUID, upper case."""
        raw = random.Random(f"uuid {self.seed} {self.arch} {self.xnu}").randbytes(16)
        return str(uuid.UUID(bytes=raw, version=4)).upper()

    @property
    def panic_line(self) -> str | None:
        return first_line(self.report, self._caller) if self.report else None

    @property
    def report_text(self) -> str:
        """The panic report as it lies in memory; empty where the core is to have none."""
        if not self.report:
            return ""
        layout = arm_report if self.machine.is_arm else intel_report
        return layout(self.report, self._caller, self.version, self.uuid, self.generation.build)

    @property
    def _caller(self) -> int:
        return self.machine.base + 0x4DC528


def kdumpd_name(spec: CoreSpec) -> str:
    """Return the name under which kdumpd would store it."""
    suffix = ".gz" if spec.gzipped else ""
    return f"core-xnu-{spec.xnu}-{spec.client}-{spec.clock:x}{suffix}"
