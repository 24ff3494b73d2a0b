"""Interfaces with their IPv4 addresses and links: `ifconfig -a`."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address

from pipeline.machine import Machine

_IFCONFIG = "/sbin/ifconfig"
_HEAD = re.compile(r"(\S+): flags=[0-9a-f]+<", re.ASCII)
_ETHER = re.compile(r"\tether ((?:[0-9a-f]{2}:){5}[0-9a-f]{2})\b", re.ASCII)
_INET = re.compile(
    r"\tinet ([0-9.]{7,15})(?: --> [0-9.]{7,15})? netmask 0x([0-9a-f]{1,8})\b", re.ASCII
)
_UNDER = re.compile(r"\t(?:member: |.*parent interface: |bond interfaces: )([a-z0-9 ]+)", re.ASCII)
_STATUS = re.compile(r"\tstatus: (active|inactive)\b", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Address:
    """An IPv4 address with the length of its subnet's prefix."""

    ip: IPv4Address
    prefix: int


@dataclass(frozen=True, kw_only=True)
class Interface:
    """One interface as the kernel's network stack has it."""

    device: str
    address_hw: str | None
    ipv4: tuple[Address, ...]
    active: bool | None
    """Whether it has a link; None where it says nothing of that."""
    over: tuple[str, ...] = ()
    """The interfaces that a bridge, a VLAN or a bond is made of."""


def interfaces(machine: Machine) -> Mapping[str, Interface]:
    """Return the interfaces by BSD name, in their order; none where nobody tells."""
    answer = machine.ask(_IFCONFIG, "-a")
    if answer is None or answer.status != 0:
        return {}
    found = (_parsed(device, lines) for device, lines in _blocks(answer.out))
    return {interface.device: interface for interface in found}


def _blocks(text: str) -> Iterator[tuple[str, str]]:
    """Cut the answer where a line begins with a name."""
    device, lines = None, list[str]()
    for line in text.split("\n"):
        head = _HEAD.match(line)
        if head:
            if device:
                yield device, "\n".join(lines)
            device, lines = head[1], []
        else:
            lines.append(line)
    if device:
        yield device, "\n".join(lines)


def _parsed(device: str, lines: str) -> Interface:
    ether, status = _ETHER.search(lines), _STATUS.search(lines)
    return Interface(
        device=device,
        address_hw=ether[1] if ether else None,
        ipv4=tuple(_addresses(lines)),
        active=status[1] == "active" if status else None,
        over=tuple(_under(lines)),
    )


def _under(lines: str) -> Iterator[str]:
    for found in _UNDER.finditer(lines):
        yield from found[1].split(" flags", 1)[0].split()


def _addresses(lines: str) -> Iterator[Address]:
    for found in _INET.finditer(lines):
        mask = int(found[2], 16)
        prefix = mask.bit_count()
        if mask != (0xFFFFFFFF << (32 - prefix)) & 0xFFFFFFFF:
            continue  # a mask with holes has no prefix
        try:
            yield Address(ip=IPv4Address(found[1]), prefix=prefix)
        except ValueError:
            continue
