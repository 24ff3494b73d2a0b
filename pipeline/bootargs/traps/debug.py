"""Traps among the bits of `debug`."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs import bits, known
from pipeline.bootargs.number import number
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.value import BootArgs


def traps(args: BootArgs) -> Iterator[Trap]:
    """Return what the bits keep from happening."""
    value = args.effective(known.DEBUG)
    debug = None if value is None else number(value)
    if value is None:
        yield Trap(
            code="debug.missing",
            fatal=True,
            what="debug is missing: the kernel writes no core",
            remedy="add debug=0x20c44",
        )
    elif debug is None:
        yield Trap(
            code="debug.no-number",
            fatal=True,
            what=f"debug={value} is no number to the kernel, which takes its letters for bits",
            remedy="write it as 0x and hexadecimal digits, such as debug=0x20c44",
        )
    else:
        yield from _fatal(debug)
        yield from _hindering(debug)


def _fatal(debug: int) -> Iterator[Trap]:
    if not debug & bits.CORE_ON_PANIC:
        yield Trap(
            code="debug.no-core",
            fatal=True,
            what="0x400 is missing: the kernel writes no core when it panics",
            remedy=f"debug=0x{debug | bits.CORE_ON_PANIC:x}",
        )
    if debug & bits.REBOOT_ALWAYS:
        yield Trap(
            code="debug.reboot-always",
            fatal=True,
            what="0x100000 restarts the Mac before anything is sent",
            remedy=f"debug=0x{debug & ~bits.REBOOT_ALWAYS:x}",
        )
    local = debug & bits.CORE_ON_PANIC and not debug & bits.NO_LOCAL_CORE
    if local and debug & bits.REBOOT_AFTER:
        yield Trap(
            code="debug.local-core",
            fatal=True,
            what="0x400 writes a core to the local disk first, and 0x4000 restarts after it: "
            "nothing is sent",
            remedy=f"add 0x20000: debug=0x{debug | bits.NO_LOCAL_CORE:x}",
        )


def _hindering(debug: int) -> Iterator[Trap]:
    for code, holds, what, better in (*_of_bits_set(debug), *_of_bits_missing(debug)):
        if holds:
            yield Trap(code=code, fatal=False, what=what, remedy=f"debug=0x{better:x}")


def _of_bits_set(debug: int) -> Iterator[tuple[str, int, str, int]]:
    """Return code, whether it holds, what it does, and the better value."""
    for code, bit, what in (
        ("debug.halt", bits.HALT, "stops the Mac at every start, until a debugger lets it go on"),
        ("debug.paniclog", bits.PANICLOG, "sends the panic log only, no core"),
        (
            "debug.waits",
            bits.WAIT,
            "leaves the Mac in the debugger after a core that was forced by keys: somebody must "
            "switch it off",
        ),
        (
            "debug.uncompressed",
            bits.NO_GZIP,
            "sends the core uncompressed: larger, without a checksum, and newer kernels may stop "
            "after its first bytes",
        ),
    ):
        yield code, debug & bit, f"0x{bit:x} {what}", debug & ~bit


def _of_bits_missing(debug: int) -> Iterator[tuple[str, int, str, int]]:
    local = debug & bits.CORE_ON_PANIC and not debug & (bits.NO_LOCAL_CORE | bits.REBOOT_AFTER)
    keys = bits.CORE_ON_NMI | bits.NMI
    yield (
        "debug.local-first",
        local,
        "0x400 writes a core to the local disk first, where there is room: it is sent later",
        debug | bits.NO_LOCAL_CORE,
    )
    yield (
        "debug.no-nmi",
        keys & ~debug,
        f"0x{keys & ~debug:x} is missing: a Mac that hangs cannot be made to send a core by keys",
        debug | keys,
    )
    yield (
        "debug.no-arp",
        bits.ARP & ~debug,
        "0x40 is missing: the stopped Mac answers no ARP, and the server loses it in a long "
        "transfer",
        debug | bits.ARP,
    )
