"""The network ports of a Mac, with their addresses, and which of them can send a core."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from pipeline.machine import Machine
from pipeline.macos import ifconfig, ioreg, networksetup
from pipeline.macos.ifconfig import Address
from pipeline.macos.interfaces_kind import Kind, apple_silicon, kind_of
from pipeline.macos.interfaces_rules import judged
from pipeline.macos.routes import default_router

__all__ = ["Address", "Kind", "Port", "default_router", "ports", "subnet_of"]

_WIRED = frozenset(
    {Kind.BUILT_IN, Kind.APPLE_THUNDERBOLT, Kind.THUNDERBOLT, Kind.PCI_CARD, Kind.USB}
)
_OPEN = frozenset({Kind.UNKNOWN, Kind.GUEST})
_OF_A_PHONE = ("AppleUSBEthernetHost", "AppleUSBiPhone", "AppleUserUSBEthernetHost")


@dataclass(frozen=True, kw_only=True)
class Port:
    """One network interface of a Mac. None where the Mac does not tell."""

    device: str
    """Its BSD name, such as `en0`: what `kdp_match_name` names."""
    name: str
    """Its name in the network settings, such as `Ethernet`, any text; empty if not in them."""
    kind: Kind
    address_hw: str | None
    """Its Ethernet address, as `a8:20:66:00:11:22`."""
    ipv4: tuple[Address, ...]
    active: bool | None
    """Whether it has a link."""
    wired: bool | None
    """Whether it is Ethernet on a cable, whatever it hangs on; so is a bridge over such a one."""
    can_send: bool | None
    """Whether the kernel can send a core through it after a panic."""
    why: str
    """Why it can, cannot, or why nobody knows: one line."""
    apple_silicon: bool | None = None
    """Whether the Mac that it hangs on has Apple silicon, as the I/O Registry shows."""


def ports(machine: Machine) -> tuple[Port, ...]:
    """Return the ports of this Mac: those of its settings, then others; () where none is told."""
    known = {port.device: port for port in networksetup.hardware_ports(machine)}
    live = ifconfig.interfaces(machine)
    attached = ioreg.attachments(machine)
    found = {
        device: _port(device, known.get(device), live.get(device), attached)
        for device in dict.fromkeys([*known, *(attached or ()), *live])
    }
    return tuple(_over(port, found, live.get(device)) for device, port in found.items())


def subnet_of(port: Port, ip: IPv4Address) -> IPv4Network | None:
    """Return the subnet of the port that an address lies in; None where it lies in none."""
    for address in port.ipv4:
        network = IPv4Interface((address.ip, address.prefix)).network
        if ip in network:
            return network
    return None


def _port(
    device: str,
    known: networksetup.HardwarePort | None,
    live: ifconfig.Interface | None,
    attached: Mapping[str, ioreg.Attachment] | None,
) -> Port:
    attachment = (attached or {}).get(device)
    kind = _kind(attachment, told=attached is not None)
    judgement = judged(kind, attachment)
    return Port(
        device=device,
        name=known.name if known else "",
        kind=kind,
        address_hw=(live.address_hw if live else None) or (known.address_hw if known else None),
        ipv4=live.ipv4 if live else (),
        active=live.active if live else None,
        wired=_wired(kind, attachment),
        can_send=judgement.can_send,
        why=judgement.why,
        apple_silicon=apple_silicon(attachment) if attachment else None,
    )


def _over(port: Port, ports: Mapping[str, Port], live: ifconfig.Interface | None) -> Port:
    """Take a bridge, a VLAN or a bond for wired where something of it is."""
    under = [ports[device] for device in (live.over if live else ()) if device in ports]
    if port.kind is not Kind.VIRTUAL or not any(each.wired for each in under):
        return port
    return replace(port, wired=True)


def _kind(attachment: ioreg.Attachment | None, *, told: bool) -> Kind:
    """Take for software what a registry that was told does not know.

    The kernel sends cores only through an interface that the registry has.
    """
    if attachment is not None:
        return kind_of(attachment)
    return Kind.VIRTUAL if told else Kind.UNKNOWN


def _wired(kind: Kind, attachment: ioreg.Attachment | None) -> bool | None:
    if kind in _OPEN or (attachment and attachment.begins(*_OF_A_PHONE)):
        return None
    return kind in _WIRED
