"""The kinds of Macs: how their cores are laid out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Arch = Literal["x86_64", "arm64", "arm64e", "i386", "ppc"]
ARCHES: tuple[Arch, ...] = ("x86_64", "arm64", "arm64e", "i386", "ppc")


@dataclass(frozen=True)
class Machine:
    """One architecture's constants."""

    cputype: int
    cpusubtype: int
    page: int
    base: int
    """Virtual address of the kernel's text."""
    thread_flavor: int
    thread_words: int
    release: str
    """As in the end of a version string: `RELEASE_X86_64`."""
    order: Literal["<", ">"] = "<"
    is_64_bit: bool = True
    thread_per_cpu: bool = False

    @property
    def magic(self) -> bytes:
        value = 0xFEEDFACF if self.is_64_bit else 0xFEEDFACE
        return value.to_bytes(4, "little" if self.order == "<" else "big")

    @property
    def is_arm(self) -> bool:
        return self.thread_per_cpu


_X86_64 = Machine(0x01000007, 3, 4096, 0xFFFFFF8000200000, 4, 42, "RELEASE_X86_64")
_I386 = Machine(7, 3, 4096, 0x00200000, 1, 16, "RELEASE_I386", is_64_bit=False)
_PPC = Machine(18, 0, 4096, 0x00008000, 1, 40, "RELEASE_PPC", ">", is_64_bit=False)
_ARM64_BASE = 0xFFFFFE0007004000


def _arm(cpusubtype: int, release: str) -> Machine:
    return Machine(
        0x0100000C,
        cpusubtype,
        16384,
        _ARM64_BASE,
        6,
        68,
        release,
        thread_per_cpu=True,
    )


MACHINES: dict[Arch, Machine] = {
    "x86_64": _X86_64,
    "arm64": _arm(0, "RELEASE_ARM64_VMAPPLE"),
    "arm64e": _arm(0xC0000002, "RELEASE_ARM64_T8103"),
    "i386": _I386,
    "ppc": _PPC,
}
