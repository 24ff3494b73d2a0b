"""The network ports of a Mac, with their addresses, and which of them can send a core."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from pipeline.machine import Machine


class Kind(StrEnum):
    """What a port is made of, as the I/O Registry's ancestry tells."""

    BUILT_IN = "built-in"
    APPLE_THUNDERBOLT = "apple-thunderbolt"
    THUNDERBOLT = "thunderbolt"
    PCI = "pci-card"
    USB = "usb"
    WIFI = "wifi"
    VIRTUAL = "virtual"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Address:
    """An IPv4 address with the length of its subnet's prefix."""

    ip: IPv4Address
    prefix: int


@dataclass(frozen=True, kw_only=True)
class Port:
    """One network interface of a Mac. None where the Mac does not tell."""

    device: str
    """Its BSD name, such as `en0`: what `kdp_match_name` names."""
    name: str
    """Its name in the network settings, such as `Ethernet`; any text."""
    kind: Kind
    address_hw: str | None
    """Its Ethernet address, as `a8:20:66:00:11:22`."""
    ipv4: tuple[Address, ...]
    active: bool | None
    """Whether it has a link."""
    wired: bool | None
    """Whether it is real Ethernet on a cable, whatever it hangs on."""
    can_send: bool | None
    """Whether the kernel can send a core through it after a panic."""
    why: str
    """Why it can, cannot, or why nobody knows: one line."""


def ports(machine: Machine) -> tuple[Port, ...]:
    """Return the ports of this Mac, in the order of its network settings; () where none is told."""
    del machine
    return ()


def subnet_of(port: Port, ip: IPv4Address) -> IPv4Network | None:
    """Return the subnet of the port that an address lies in; None where it lies in none."""
    for address in port.ipv4:
        network = IPv4Interface((address.ip, address.prefix)).network
        if ip in network:
            return network
    return None


def default_router(machine: Machine) -> IPv4Address | None:
    """Return the router of the default route; None where there is none, or nobody tells."""
    del machine
    return None
