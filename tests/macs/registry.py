"""An I/O Registry to rehearse on: a tree of entries, and `ioreg -a` as the real one answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from typing import Any

_BASES = {
    "IORegistryEntry": "",
    "IOService": "IORegistryEntry",
    "IOPlatformExpert": "IOService",
    "IODTPlatformExpert": "IOPlatformExpert",
    "IOACPIPlatformExpert": "IODTPlatformExpert",
    "AppleACPIPlatformExpert": "IOACPIPlatformExpert",
    "AppleARMPE": "IODTPlatformExpert",
    "IOPCIBridge": "IOService",
    "AppleACPIPCI": "IOPCIBridge",
    "AppleT8103PCIe": "IOPCIBridge",
    "IOPCI2PCIBridge": "IOPCIBridge",
    "IONetworkController": "IOService",
    "IOEthernetController": "IONetworkController",
    "IONetworkInterface": "IOService",
    "IOEthernetInterface": "IONetworkInterface",
    "IO80211Interface": "IOEthernetInterface",
    "IOSkywalkLegacyEthernetInterface": "IOEthernetInterface",
    "IOSkywalkLegacyEthernet": "IOEthernetController",
    "IOSkywalkNetworkInterface": "IOService",
    "IO80211SkywalkInterface": "IOSkywalkNetworkInterface",
    "AppleBCMWLANSkywalkInterface": "IO80211SkywalkInterface",
    "IOUserNetworkEthernet": "IOSkywalkNetworkInterface",
    "IO80211Controller": "IOEthernetController",
    "AirPort_BrcmNIC": "IO80211Controller",
    "BCM5701Enet": "IOEthernetController",
    "AppleEthernetAquantiaAqtion": "IOEthernetController",
    "AppleEthernetAquantiaAqtion107": "AppleEthernetAquantiaAqtion",
    "AppleEthernetAquantiaAqtion113": "AppleEthernetAquantiaAqtion",
    "Intel82574L": "IOEthernetController",
    "AppleIntelI210": "IOEthernetController",
    "AppleVirtIONetwork": "IOEthernetController",
    "AppleThunderboltIPPort": "IOEthernetController",
    "AppleUSBDeviceNCMData": "IOEthernetController",
    "AppleUSBNCMData": "IOEthernetController",
    "AppleUSBECMData": "IOEthernetController",
    "AppleUSBVHCIBCE": "IOService",
    "IOKernelDebugger": "IOService",
    "IOKDP": "IOService",
}


@dataclass
class Node:
    """One entry. Classes without a base in the table derive from IOService."""

    name: str
    kind: str
    properties: dict[str, Any] = field(default_factory=dict)
    children: list[Node] = field(default_factory=list)
    number: int = 0


def node(name: str, kind: str, *children: Node, **properties: Any) -> Node:
    """Make an entry; an underscore in a property's name stands for a space or a hyphen in it."""
    return Node(name, kind, properties, list(children))


def root(*children: Node) -> Node:
    """Make the root, with numbers for all as the kernel gives them out."""
    top = node("Root", "IORegistryEntry", *children, **{"OS Build Version": "24E248"})
    numbers = count(0x100000100)
    waiting = [top]
    while waiting:
        entry = waiting.pop()
        entry.number = next(numbers)
        waiting.extend(entry.children)
    return top


def inheritance(kind: str) -> list[str]:
    """A class and its bases, the eldest first, as `-i` lists them."""
    line = [kind]
    while base := _BASES.get(line[0], "IOService"):
        line.insert(0, base)
    return line


def archive(top: Node, kind: str, *, depth: int, tree: bool, inherited: bool) -> list[Any]:
    """Answer `ioreg -a -r -c KIND`, with `-d`, `-t` and `-i`."""
    found = []
    for path in _paths(top, []):
        if kind in inheritance(path[-1].kind):
            value = _scanned(path[-1], kind, depth, inherited)
            if tree:
                for above in reversed(path[:-1]):  # a dictionary, where others have a list
                    value = _entry(above, kind, inherited) | {"IORegistryEntryChildren": value}
            found.append(value)
    return found


def _paths(entry: Node, above: list[Node]) -> Iterator[list[Node]]:
    path = [*above, entry]
    yield path
    for child in entry.children:
        yield from _paths(child, path)


def _scanned(entry: Node, kind: str, depth: int, inherited: bool) -> dict[str, Any]:
    value = _entry(entry, kind, inherited)
    if entry.children and depth != 1:
        value["IORegistryEntryChildren"] = [
            _scanned(child, kind, depth - 1, inherited) for child in entry.children
        ]
    return value


def _entry(entry: Node, kind: str, inherited: bool) -> dict[str, Any]:
    """Show properties only of what matches, as it is without `-l`."""
    line = inheritance(entry.kind)
    value: dict[str, Any] = dict(entry.properties) if kind in line else {}
    value |= {
        "IORegistryEntryName": entry.name.partition("@")[0],
        "IORegistryEntryID": entry.number,
        "IOObjectClass": entry.kind,
        "IOObjectRetainCount": 7,
    }
    if "@" in entry.name:
        value["IORegistryEntryLocation"] = entry.name.partition("@")[2]
    if inherited:
        value["IOObjectInheritance"] = line
    if "IOService" in line:
        value |= {"IOServiceState": 30, "IOServiceBusyState": 0, "IOServiceBusyTime": 2381833}
    return value
