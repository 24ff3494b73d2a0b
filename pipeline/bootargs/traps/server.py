"""Traps of where the core is sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address

from pipeline.bootargs import known
from pipeline.bootargs.number import number
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.value import BootArgs

_LAST_PORT = 65535


def ipv4(text: str) -> IPv4Address:
    """Return an address that a core can be sent to; ValueError says why it is none."""
    try:
        address = IPv4Address(text)
    except AddressValueError:
        raise ValueError(_why_none(text)) from None
    unusable = (
        address.is_multicast
        or address.is_loopback
        or address.is_unspecified
        or address.is_reserved
        or int(address) >> 24 == 0
    )
    if unusable:
        raise ValueError("no machine can have this address on a network")
    return address


def _why_none(text: str) -> str:
    try:
        IPv6Address(text.strip("[]"))
    except AddressValueError:
        if re.fullmatch(r"[0-9]+(\.[0-9]+){3}", text):
            return "not an IPv4 address: numbers from 0 to 255, without zeros before them"
        return "not an IPv4 address, such as 10.0.40.2; the kernel knows no names"
    return "an IPv6 address: the kernel sends cores over IPv4 only"


def traps(args: BootArgs, mac: Surroundings) -> Iterator[Trap]:
    """Return why the core goes nowhere, or elsewhere."""
    text = args.effective(known.SERVER)
    if text is None:
        yield Trap(
            code="server.missing",
            fatal=True,
            what="_panicd_ip is missing: the kernel sends the core nowhere",
            remedy="add _panicd_ip=ADDRESS, the IPv4 address of the Mac that runs kdumpd",
        )
    else:
        yield from _address_traps(known.SERVER, text, "server.address")
        yield from _subnet_traps(args, text, mac)
    router = args.effective(known.ROUTER)
    if router == "":
        yield Trap(
            code="server.router-empty",
            fatal=False,
            what="_router_ip= names no router: the kernel goes on as without it",
            remedy="take it out, or write the IPv4 address of this Mac's router behind it",
        )
    elif router is not None:
        yield from _address_traps(known.ROUTER, router, "server.router")
        yield from _router_traps(args, router, mac)
    yield from _port_traps(args)
    name = args.effective(known.CORENAME)
    if name is not None:
        yield Trap(
            code="server.corename",
            fatal=False,
            what=f"_panicd_corename={name}: kdumpd refuses every later core until the first one "
            "is moved away",
            remedy="take out _panicd_corename; the kernel then makes names by itself",
        )


def _address_traps(name: str, text: str, code: str) -> Iterator[Trap]:
    try:
        ipv4(text)
    except ValueError as fault:
        remedy = f"write {name}= and an IPv4 address"
        yield Trap(code=code, fatal=True, what=f"{name}={text}: {fault}", remedy=remedy)


def _subnet_traps(args: BootArgs, text: str, mac: Surroundings) -> Iterator[Trap]:
    try:
        server = ipv4(text)
    except ValueError:
        return
    networks = dict(_networks(args, mac))
    if server in networks:
        yield Trap(
            code="server.self",
            fatal=True,
            what=f"_panicd_ip={server} is an address of this Mac itself",
            remedy="name the other Mac, the one that runs kdumpd",
        )
        return
    near = any(server in network for network in networks.values())
    if networks and not near and not args.effective(known.ROUTER):
        yield Trap(
            code="server.no-router",
            fatal=True,
            what=f"{server} is in another subnet than this Mac, and _router_ip is missing",
            remedy="add _router_ip=ADDRESS, the IPv4 address of this Mac's router",
        )


def _router_traps(args: BootArgs, text: str, mac: Surroundings) -> Iterator[Trap]:
    try:
        router = ipv4(text)
    except ValueError:
        return
    networks = dict(_networks(args, mac))
    if networks and not any(router in network for network in networks.values()):
        yield Trap(
            code="server.router-far",
            fatal=False,
            what=f"_router_ip={router} is in no subnet of the interface that sends",
            remedy="name the router of this Mac's own subnet; see: route -n get default",
        )


def _networks(args: BootArgs, mac: Surroundings) -> Iterator[tuple[IPv4Address, IPv4Network]]:
    """Return the addresses of the interface that sends; of all, where none is named."""
    named = args.effective(known.INTERFACE)
    for device, interface in (mac.interfaces or {}).items():
        if named is None or device == named:
            yield from interface.addresses.items()


def _port_traps(args: BootArgs) -> Iterator[Trap]:
    if args.all(known.PORT_WRONG):
        yield Trap(
            code="server.port-underscore",
            fatal=False,
            what="_panicd_port is not read: the core goes to port 1069 whatever it says",
            remedy="write panicd_port, without the first _, or leave it out",
        )
    value = args.effective(known.PORT)
    port = None if value is None else number(value)
    if value is not None and (port is None or not 0 < port <= _LAST_PORT):
        yield Trap(
            code="server.port",
            fatal=True,
            what=f"panicd_port={value} is no port",
            remedy="leave panicd_port out: kdumpd listens on 1069",
        )
    elif port is not None and port != known.KDUMPD_PORT:
        yield Trap(
            code="server.port-other",
            fatal=False,
            what=f"panicd_port={port}: Apple's kdumpd listens on 1069",
            remedy="leave panicd_port out, unless your server listens there",
        )
