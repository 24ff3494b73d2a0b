"""What a Mac tells of itself that its boot-args are judged by."""

from __future__ import annotations

from ipaddress import IPv4Interface

from pipeline.bootargs.surroundings import NOWHERE, Interface, Surroundings
from pipeline.machine import Machine
from pipeline.macos.interfaces import Port, ports
from pipeline.macos.system import system


def surroundings(machine: Machine) -> Surroundings:
    """Ask this Mac; on any other machine nothing is known."""
    if not machine.mac:
        return NOWHERE
    asked = system(machine)
    found = ports(machine)
    return Surroundings(
        apple_silicon=asked.apple_silicon,
        sip=asked.sip,
        debugging=asked.debugging,
        interfaces={port.device: _interface(port) for port in found} if found else None,
    )


def _interface(port: Port) -> Interface:
    addresses = {
        address.ip: IPv4Interface((address.ip, address.prefix)).network for address in port.ipv4
    }
    return Interface(can_send=port.can_send, why=port.why, addresses=addresses)
