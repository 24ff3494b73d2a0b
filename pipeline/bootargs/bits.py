"""Every bit of the boot argument `debug` (xnu's osfmk/kern/debug.h, and TN2118 for older ones)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

HALT = 0x1
NMI = 0x4
ARP = 0x40
CORE_ON_PANIC = 0x400
CORE_ON_NMI = 0x800
WAIT = 0x1000
PANICLOG = 0x2000
REBOOT_AFTER = 0x4000
NO_LOCAL_CORE = 0x20000
NO_GZIP = 0x40000
REBOOT_ALWAYS = 0x100000

BITS: Final[Mapping[int, str]] = {
    HALT: "stop at every start and wait for a debugger",
    0x2: "print what the kernel says of a panic to the console",
    NMI: "stop in the debugger on the power key or the NMI keys",
    0x8: "send kernel messages to a serial port",
    0x10: "use the kernel's own debugger, KDB; obsolete",
    0x20: "write diagnostics to the system log; obsolete",
    ARP: "answer ARP while stopped, so that server and router keep finding this Mac",
    0x80: "set no breakpoints in the kernel",
    0x100: "show no picture when it panics; obsolete, does nothing today",
    0x200: "take c (go on) and r (restart) from the console while waiting for a debugger",
    CORE_ON_PANIC: "write a core when the Mac panics",
    CORE_ON_NMI: "write a core on the power key or the NMI keys",
    WAIT: "wait in the debugger after a core that was forced by keys",
    PANICLOG: "send the panic log instead of a core",
    REBOOT_AFTER: "restart once the core is done",
    0x8000: "take a button for an NMI",
    0x10000: "send kernel traces to a serial port; obsolete",
    NO_LOCAL_CORE: "write no core to the local disk: send it at once",
    NO_GZIP: "send the core uncompressed",
    0x80000: "Intel: have a panic here not stop the coprocessor as well",
    REBOOT_ALWAYS: "restart after every panic at once",
    0x200000: "write no stackshot to the local disk",
    0x400000: "read by the firmware: allow debugging of devices while it starts",
    0x800000: "read by the firmware: allow the processor to be halted while it starts",
}
_BITS_OF_A_WORD = 32


def explained(debug: int) -> Iterator[tuple[int, str]]:
    """Return every bit that is set, with what it does."""
    for place in range(_BITS_OF_A_WORD):
        bit = 1 << place
        if debug & bit:
            yield bit, BITS.get(bit, "unknown here")
