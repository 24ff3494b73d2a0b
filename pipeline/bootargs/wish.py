"""What a Mac is to be told so that its core arrives, merged with what it has been told already."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address

from pipeline.bootargs import bits, known
from pipeline.bootargs.number import number
from pipeline.bootargs.value import BootArgs

_BASE = bits.CORE_ON_PANIC | bits.CORE_ON_NMI | bits.ARP | bits.NMI | bits.NO_LOCAL_CORE
"""0xc44, as the Kernel Debug Kit's Read Me has it, and no local core, which is tried first."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What is asked for."""

    server: IPv4Address
    interface: str | None = None
    """Left as it is where None."""
    router: IPv4Address | None = None
    """Left as it is where None: it belongs to the Mac's own subnet, wherever the server is."""
    port: int = known.KDUMPD_PORT
    paniclog_only: bool = False
    reboot: bool = False
    """Whether the Mac restarts when the core is sent, instead of waiting for somebody."""

    @property
    def debug(self) -> int:
        """Return the bits that are needed."""
        wanted = _BASE
        if self.reboot:
            wanted |= bits.REBOOT_AFTER
        if self.paniclog_only:
            wanted |= bits.PANICLOG
        return wanted

    @property
    def hindering(self) -> int:
        """Return the bits that would keep this from happening."""
        against = bits.REBOOT_ALWAYS | bits.WAIT | bits.HALT | bits.NO_GZIP
        if not self.reboot:
            against |= bits.REBOOT_AFTER
        if not self.paniclog_only:
            against |= bits.PANICLOG
        return against


def merged(existing: BootArgs, wish: Wish) -> BootArgs:
    """Return what is there with what is wanted: bits of `debug` are added, hindering ones go.

    Arguments that do not hinder stay as they are and where they are.
    """
    had = number(existing.effective(known.DEBUG) or "") or 0
    debug = (had | wish.debug) & ~wish.hindering
    wanted = existing.set(known.DEBUG, f"0x{debug:x}").set(known.SERVER, str(wish.server))
    wanted = wanted.without(known.PORT_WRONG, known.CORENAME)
    if wish.port == known.KDUMPD_PORT:
        wanted = wanted.without(known.PORT)
    else:
        wanted = wanted.set(known.PORT, str(wish.port))
    if wish.router is not None:
        wanted = wanted.set(known.ROUTER, str(wish.router))
    if wish.interface is not None:
        wanted = wanted.set(known.INTERFACE, wish.interface)
    for name in (known.ROUTER, known.INTERFACE):
        if wanted.effective(name) == "":  # to the kernel this is none, whatever else is there
            wanted = wanted.without(name)
    return wanted.set(known.WATCHDOG, "-1")
