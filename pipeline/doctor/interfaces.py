"""Whether Macs can reach this one on a cable: they name its IPv4 address. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.display import one_line
from pipeline.doctor.wording import fail, ok, unknown, warn
from pipeline.machine import Finding
from pipeline.macos.interfaces import Port

_CHECK = "server.interfaces"
_MOST = 3


def addresses(ports: Sequence[Port]) -> Finding:
    """Say which IPv4 address on which wired port clients have to name."""
    if not ports:
        return unknown(_CHECK, "this Mac does not tell its network ports")
    ready = [port for port in ports if port.ipv4 and port.active is not False]
    wired = [port for port in ready if port.wired]
    if wired:
        shown = ", ".join(map(_shown, wired[:_MOST]))
        more = f" and {len(wired) - _MOST} more" if len(wired) > _MOST else ""
        return ok(_CHECK, f"clients name {shown}{more}")
    if any(port.wired is None for port in ready):
        return unknown(_CHECK, "whether a port with an IPv4 address is wired is not known")
    remedy = "connect Ethernet and give it an IPv4 address, then: sudo panicpipe server status"
    if ready:
        return warn(_CHECK, f"only {_shown(ready[0])} has an IPv4 address: no wired port", remedy)
    return fail(_CHECK, "no port has an IPv4 address: no Mac can reach this one", remedy)


def _shown(port: Port) -> str:
    return f"{port.ipv4[0].ip} ({one_line(port.name, 40)}, {one_line(port.device, 16)})"
