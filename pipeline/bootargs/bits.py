"""Every bit of the boot argument `debug` (xnu's osfmk/kern/debug.h, and TN2118)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

HALT = 0x1
NMI = 0x4
ARP = 0x40
LOG_TO_SCREEN = 0x100
CORE_ON_PANIC = 0x400
CORE_ON_NMI = 0x800
WAIT = 0x1000
PANICLOG = 0x2000
REBOOT_AFTER = 0x4000
NO_LOCAL_CORE = 0x20000
NO_GZIP = 0x40000
REBOOT_ALWAYS = 0x100000

BITS: Final[Mapping[int, str]] = {
    HALT: "stop at boot and wait for a debugger",
    0x2: "print kernel messages of panics to the console",
    NMI: "stop in the debugger on the power key or the NMI keys",
    0x8: "send kernel messages to a serial port",
    0x10: "use the kernel's own debugger, KDB",
    0x20: "log to the serial port of KDB",
    ARP: "answer ARP while stopped, so that other subnets and routers find this Mac",
    0x80: "use no breakpoints of the old kind",
    LOG_TO_SCREEN: "log to the screen; obsolete, without effect today",
    0x200: "show the panic text on the screen, and wait for a key",
    CORE_ON_PANIC: "write a core when the Mac panics",
    CORE_ON_NMI: "write a core on the power key or the NMI keys",
    WAIT: "wait in the debugger when the core is done",
    PANICLOG: "send the panic log instead of a core",
    REBOOT_AFTER: "restart once the core is done",
    0x8000: "take the NMI button for a stop",
    NO_LOCAL_CORE: "write no core to the local disk: send it at once",
    NO_GZIP: "send the core uncompressed",
    0x80000: "do not stop where a coprocessor panics",
    REBOOT_ALWAYS: "restart after every panic at once",
}
_BITS_OF_A_WORD = 32


def explained(debug: int) -> Iterator[tuple[int, str]]:
    """Return every bit that is set, with what it does."""
    for place in range(_BITS_OF_A_WORD):
        bit = 1 << place
        if debug & bit:
            yield bit, BITS.get(bit, "unknown here")
