"""What a Mac is to be told so that its core arrives, merged with what it has been told already."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from pipeline.bootargs import bits, known
from pipeline.bootargs.number import number
from pipeline.bootargs.value import BootArgs

_BASE = bits.CORE_ON_PANIC | bits.CORE_ON_NMI | bits.ARP | bits.NMI | bits.NO_LOCAL_CORE
"""0xc44, as the Kernel Debug Kit's Read Me has it, and no local core, which is tried first."""
OURS = (
    known.DEBUG,
    known.SERVER,
    known.PORT,
    known.ROUTER,
    known.CORENAME,
    known.INTERFACE,
    known.WATCHDOG,
)
"""The arguments that decide whether, and where to, a core is sent."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked for."""

    server: IPv4Address
    interface: str | None = None
    router: IPv4Address | None = None
    port: int = known.KDUMPD_PORT
    paniclog_only: bool = False
    reboot: bool = False
    """Whether the Mac restarts when the core is sent, instead of waiting for somebody."""
    uncompressed: bool = False

    @property
    def debug(self) -> int:
        """Return the bits that are needed."""
        wanted = _BASE
        if self.reboot:
            wanted |= bits.REBOOT_AFTER
        if self.paniclog_only:
            wanted |= bits.PANICLOG
        if self.uncompressed:
            wanted |= bits.NO_GZIP
        return wanted

    @property
    def hindering(self) -> int:
        """Return the bits that would keep this from happening."""
        against = bits.REBOOT_ALWAYS | bits.WAIT | bits.HALT
        if not self.reboot:
            against |= bits.REBOOT_AFTER
        if not self.paniclog_only:
            against |= bits.PANICLOG
        if not self.uncompressed:
            against |= bits.NO_GZIP
        return against


def merged(existing: BootArgs, wish: Wish) -> BootArgs:
    """Return what is there with what is wanted: bits of `debug` are added, hindering ones go.

    All other arguments stay as they are and where they are.
    """
    had = number(existing.effective(known.DEBUG) or "") or 0
    debug = (had | wish.debug) & ~wish.hindering
    wanted = existing.replaced(known.DEBUG, f"{known.DEBUG}=0x{debug:x}")
    wanted = wanted.replaced(known.SERVER, f"{known.SERVER}={wish.server}")
    wanted = wanted.without(known.PORT_WRONG, known.CORENAME)
    wanted = _with(wanted, known.ROUTER, None if wish.router is None else str(wish.router))
    other = wish.port != known.KDUMPD_PORT
    wanted = _with(wanted, known.PORT, str(wish.port) if other else None)
    if wish.interface is not None:
        wanted = _with(wanted, known.INTERFACE, wish.interface)
    return wanted.replaced(known.WATCHDOG, f"{known.WATCHDOG}=-1")


def _with(args: BootArgs, name: str, value: str | None) -> BootArgs:
    return args.without(name) if value is None else args.replaced(name, f"{name}={value}")


def taken_back(current: BootArgs, added: BootArgs, before: BootArgs) -> BootArgs:
    """Return what there should be once `added` is undone, which was made from `before`.

    What is as it was made becomes what it was; what somebody has changed meanwhile stays, but for
    our own arguments, which go back to what they were.
    """
    if current == added:
        return before
    result = current
    for name in (*OURS, known.PORT_WRONG):
        former = before.all(name)
        if not former:
            result = result.without(name)
        else:
            for argument in former[:1]:
                result = result.replaced(name, argument.text)
    return result
