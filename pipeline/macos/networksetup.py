"""Network ports as the settings name them: `networksetup -listallhardwareports`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.machine import Machine

_NETWORKSETUP = "/usr/sbin/networksetup"


@dataclass(frozen=True, kw_only=True)
class HardwarePort:
    """A port of the network settings. Names say nothing of what the port is made of."""

    name: str
    device: str
    address_hw: str | None


def hardware_ports(machine: Machine) -> tuple[HardwarePort, ...]:
    """Return the ports in the order of the settings; () where nobody tells."""
    answer = machine.ask(_NETWORKSETUP, "-listallhardwareports")
    if answer is None or answer.status != 0:
        return ()
    return tuple(_parsed(answer.out))


def _parsed(text: str) -> Iterator[HardwarePort]:
    fields: dict[str, str] = {}
    for line in [*text.split("\n"), "Hardware Port: "]:
        key, colon, value = line.partition(": ")
        if not colon:
            continue
        if key == "Hardware Port":
            if fields.get("Device"):
                yield HardwarePort(
                    name=fields["Hardware Port"],
                    device=fields["Device"],
                    address_hw=_address(fields.get("Ethernet Address", "")),
                )
            fields = {}
        elif "Hardware Port" not in fields:
            continue
        fields[key] = value.strip()


def _address(text: str) -> str | None:
    """Return an address, None for the `N/A` of ports that have none."""
    parts = text.split(":")
    hexadecimal = all(len(part) == 2 and _is_hex(part) for part in parts)
    return text.lower() if len(parts) == 6 and hexadecimal else None


def _is_hex(text: str) -> bool:
    return all(character in "0123456789abcdefABCDEF" for character in text)
