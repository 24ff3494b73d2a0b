"""`panicpipe client interfaces`: the ports of this Mac, and which of them can send a core."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output, tables
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import json_option
from pipeline.errors import MachineError
from pipeline.machine import this_machine
from pipeline.macos.interfaces import Kind, Port, ports

_HEADERS = ("Port", "Name", "Link", "Address", "Core", "Why")
_ANSWERS = {True: "yes", False: "no", None: "unknown"}
_LINKS = {True: "up", False: "down", None: "-"}
_BUILT_IN_ONLY = (
    "No port of this Mac can send a core. On Apple silicon Apple names built-in Ethernet only: "
    "a Mac without it cannot send one."
)
_BUY_AN_ADAPTER = (
    "No port of this Mac can send a core. Connect Apple's Thunderbolt to Gigabit Ethernet Adapter, "
    "or Thunderbolt Ethernet with Broadcom C-IV, Aquantia AQC107, AQC113 or Intel 82574L; USB "
    "adapters never do."
)
_NOBODY_KNOWS = (
    "No port is known to send a core. Apple names built-in Ethernet and, on Intel Macs, some "
    "Thunderbolt Ethernet; never Wi-Fi or USB."
)


@click.command()
@json_option
@root_option
def interfaces(as_json: bool, root: Path | None) -> None:
    """List the ports of this Mac and which of them can send a core.

    Judged by what a port hangs on in the I/O Registry, never by its name; "unknown" where the
    registry or Apple does not tell. Run it on the Mac that panics.
    """
    machine = this_machine(root)
    if not machine.mac:
        raise MachineError("this is no Mac: run `panicpipe client interfaces` on the one that is")
    found = ports(machine)
    if as_json:
        for port in found:
            output.print_json(_value(port))
        return
    if not found:
        raise MachineError(
            "this Mac tells of no port: look at `networksetup -listallhardwareports` and `ifconfig`"
        )
    _tell(found)


def _tell(found: Sequence[Port]) -> None:
    shown = [port for port in found if port.name or port.kind is not Kind.VIRTUAL]
    others = [port.device for port in found if port not in shown]
    if shown:
        tables.show(_HEADERS, [_row(port) for port in shown])
        output.say()
    if others:
        output.say(f"Made by software, and never able to: {', '.join(others)}")
    output.say(_advice(found))


def _row(port: Port) -> tuple[str, ...]:
    addresses = ", ".join(f"{address.ip}/{address.prefix}" for address in port.ipv4)
    return (
        port.device,
        port.name or "-",
        _LINKS[port.active],
        addresses or "-",
        _ANSWERS[port.can_send],
        port.why,
    )


def _advice(found: Sequence[Port]) -> str:
    able = [port for port in found if port.can_send]
    if able:
        best = max(able, key=lambda port: (bool(port.active), bool(port.ipv4)))
        use = (
            f"Use {best.device}: `panicpipe client args --server ADDRESS --interface {best.device}`"
        )
        return use if best.active is not False else f"{use} (no cable is connected to it)"
    if any(port.can_send is None and port.wired is not False for port in found):
        return _NOBODY_KNOWS
    arm = next((port.apple_silicon for port in found if port.apple_silicon is not None), None)
    return {True: _BUILT_IN_ONLY, False: _BUY_AN_ADAPTER, None: _NOBODY_KNOWS}[arm]


def _value(port: Port) -> dict[str, Any]:
    return {
        "device": port.device,
        "name": port.name,
        "kind": port.kind.value,
        "address_hw": port.address_hw,
        "ipv4": [f"{address.ip}/{address.prefix}" for address in port.ipv4],
        "active": port.active,
        "wired": port.wired,
        "can_send": port.can_send,
        "why": port.why,
        "apple_silicon": port.apple_silicon,
    }
