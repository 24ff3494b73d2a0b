"""Traps of the interface that sends."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.bootargs import known
from pipeline.bootargs.surroundings import Interface, Surroundings
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.value import BootArgs

_LIST = "panicpipe client interfaces"
_SERIAL = "serial"


def traps(args: BootArgs, mac: Surroundings) -> Iterator[Trap]:
    """Return why the kernel cannot send through it."""
    name = args.effective(known.INTERFACE)
    if name is None:
        yield from _unnamed(mac)
        return
    if name == "":
        yield Trap(
            code="interface.empty",
            fatal=True,
            what="kdp_match_name= names no interface: the kernel sends through none",
            remedy=f"write its name behind it, such as en0; see: {_LIST}",
        )
    elif name == _SERIAL:
        yield Trap(
            code="interface.serial",
            fatal=True,
            what="kdp_match_name=serial: the kernel uses a serial line, and no network",
            remedy=f"name an interface, such as en0; see: {_LIST}",
        )
    elif mac.interfaces is not None:
        yield from _named(name, mac.interfaces)


def _named(name: str, interfaces: Mapping[str, Interface]) -> Iterator[Trap]:
    interface = interfaces.get(name)
    if interface is None:
        yield Trap(
            code="interface.missing",
            fatal=True,
            what=f"kdp_match_name={name}: this Mac has no such interface now",
            remedy=_LIST,
        )
    elif interface.can_send is False:
        yield Trap(
            code="interface.cannot-send",
            fatal=True,
            what=f"kdp_match_name={name}: it cannot send a core: {interface.why}",
            remedy=_LIST,
        )
    elif interface.can_send is None:
        yield Trap(
            code="interface.unknown",
            fatal=False,
            what=f"kdp_match_name={name}: nobody knows whether it can send: {interface.why}",
            remedy=_LIST,
        )


def _unnamed(mac: Surroundings) -> Iterator[Trap]:
    """On Intel the first port that can serves, or one that is named by its Ethernet address."""
    if mac.apple_silicon is False:
        return
    if mac.apple_silicon:
        what = "kdp_match_name is missing: on Apple silicon the kernel sends nothing without it"
    else:
        what = "kdp_match_name is missing: a Mac with Apple silicon sends nothing without it"
    yield Trap(
        code="interface.unnamed",
        fatal=bool(mac.apple_silicon),
        what=what,
        remedy=f"add kdp_match_name=enN; see: {_LIST}",
    )
