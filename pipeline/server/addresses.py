"""Where Macs reach this one: its IPv4 address on a cable, which they have to name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from ipaddress import IPv4Address

from pipeline.display import one_line
from pipeline.machine import Finding, Machine
from pipeline.macos.addressing import assigned
from pipeline.macos.interfaces import Port, ports
from pipeline.server.wording import fail, ok, unknown, warn

_CHECK = "server.interfaces"
_MOST = 3
_CONNECT = "connect Ethernet and give it an IPv4 address, then: sudo panicpipe server status"


def reachable(machine: Machine) -> Finding:
    """Ask this Mac for its ports, and judge them."""
    found = ports(machine)
    by_dhcp = {port.device: assigned(machine, port.device) for port in _wired(found)[:_MOST]}
    return addresses(found, by_dhcp)


def server_address(found: Sequence[Port]) -> IPv4Address | None:
    """Return the address that clients best name; None where there is none on a cable."""
    wired = _wired(found)
    return wired[0].ipv4[0].ip if wired else None


def addresses(found: Sequence[Port], by_dhcp: Mapping[str, bool | None] | None = None) -> Finding:
    """Say which address on which wired port clients name; `by_dhcp`: by whom it is given. Pure."""
    if not found:
        return unknown(_CHECK, "this Mac does not tell its network ports")
    wired = _wired(found)
    if wired:
        shown = ", ".join(_shown(port, (by_dhcp or {}).get(port.device)) for port in wired[:_MOST])
        more = f" and {len(wired) - _MOST} more" if len(wired) > _MOST else ""
        return ok(_CHECK, f"clients name {shown}{more}")
    ready = list(_ready(found))
    if any(port.wired is None for port in ready):
        return unknown(_CHECK, "whether a port with an IPv4 address is wired is not known")
    if ready:
        return warn(_CHECK, f"only {_shown(ready[0])} has an IPv4 address: no wired port", _CONNECT)
    return fail(_CHECK, "no port has an IPv4 address: no Mac can reach this one", _CONNECT)


def _ready(found: Sequence[Port]) -> Iterator[Port]:
    """Yield ports with a link and an address that somebody gave them: none made up for itself."""
    for port in found:
        usable = port.ipv4 and not (port.ipv4[0].ip.is_link_local or port.ipv4[0].ip.is_loopback)
        if usable and port.active is not False:
            yield port


def _wired(found: Sequence[Port]) -> list[Port]:
    return [port for port in _ready(found) if port.wired]


def _shown(port: Port, by_dhcp: bool | None = None) -> str:
    how = {True: ", by DHCP: have it reserved", False: ", set by hand", None: ""}[by_dhcp]
    return f"{port.ipv4[0].ip} ({one_line(port.name, 40)}, {one_line(port.device, 16)}{how})"
