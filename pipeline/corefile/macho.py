"""The fixed header of a Mach-O file, and the names of what it tells."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Literal, Self

from pipeline.corefile import sniff

MH_CORE = 4
MAX_COMMANDS_SIZE = 16 << 20  # a real core's commands take a few hundred kilobytes at most

_64_BIT = sniff.MACHO[0], sniff.MACHO[2]
_BIG_ENDIAN = sniff.MACHO[2], sniff.MACHO[3]
_FILE_TYPES = {
    1: "a Mach-O object file",
    2: "a Mach-O executable",
    3: "a Mach-O fixed library",
    5: "a preloaded Mach-O executable",
    6: "a Mach-O dynamic library",
    7: "a Mach-O dynamic linker",
    8: "a Mach-O bundle",
    9: "a Mach-O library stub",
    10: "a Mach-O symbol file (dSYM)",
    11: "a kernel extension",
    12: "a kernel collection",
}
_CPU_TYPES = {
    7: "i386",
    0x01000007: "x86_64",
    12: "arm",
    0x0100000C: "arm64",
    18: "ppc",
    0x01000012: "ppc64",
}
_ARM64 = 0x0100000C
_ARM64E_SUBTYPE = 2
_SUBTYPE_MASK = 0x00FFFFFF  # the high byte holds capability bits


@dataclass(frozen=True)
class MachHeader:
    """What the first 28 or 32 bytes say."""

    order: Literal["<", ">"]
    is_64_bit: bool
    cputype: int
    cpusubtype: int
    filetype: int
    ncmds: int
    sizeofcmds: int

    @staticmethod
    def size_for(magic: bytes) -> int:
        return 32 if magic in _64_BIT else 28

    @classmethod
    def parse(cls, data: bytes | bytearray) -> Self:
        """Read a header whose magic is known and whose bytes are all there."""
        magic = bytes(data[:4])
        order: Literal["<", ">"] = ">" if magic in _BIG_ENDIAN else "<"
        fields = struct.unpack_from(f"{order}5I", data, 4)
        return cls(order, magic in _64_BIT, *fields)

    @property
    def size(self) -> int:
        return 32 if self.is_64_bit else 28

    @property
    def commands_end(self) -> int:
        return self.size + self.sizeofcmds

    @property
    def architecture(self) -> str:
        subtype = self.cpusubtype & _SUBTYPE_MASK
        if self.cputype == _ARM64 and subtype == _ARM64E_SUBTYPE:
            return "arm64e"
        return _CPU_TYPES.get(self.cputype, f"cputype {self.cputype}")

    @property
    def description(self) -> str:
        return _FILE_TYPES.get(self.filetype, f"a Mach-O file of type {self.filetype}")
