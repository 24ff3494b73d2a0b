"""`panicpipe server status`: whether a dump that is sent now would arrive here."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli import output
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import json_option
from pipeline.cli.server_mac import receiving_mac
from pipeline.machine import Machine

if TYPE_CHECKING:
    from pipeline.doctor.report import Report

_CLIENT = "panicpipe client args --server"
_Say = Callable[[str, str | None], None]


@click.command()
@json_option
@root_option
def status(as_json: bool, root: Path | None) -> int:
    """Say whether a dump that is sent now would arrive here, and what mends what is wrong.

    Looks at kdumpd, its directory and its port, at the firewall, free space, sleep settings,
    FileVault and network ports. Changes nothing, and sends nothing. Exit code 0 when all is well,
    10 when something is not as it should be or cannot be seen without sudo, 11 when dumps get lost.
    """
    machine = receiving_mac(root)
    if not as_json:
        return show(machine).exit_code
    found = report(machine)
    output.print_json(found.value())
    return found.exit_code


def report(machine: Machine) -> Report:
    """Look at everything."""
    import os

    from pipeline.doctor.report import Report, Section
    from pipeline.server.checks import findings

    found = Section(title="Dump server", findings=tuple(findings(machine)))
    needs_root = machine.real and os.geteuid() != 0
    return Report(version=version("panicpipe"), sections=(found,), needs_root=needs_root)


def show(machine: Machine, say: _Say = output.say) -> Report:
    """Look at everything and print it, with what to do on the Macs that may panic."""
    from pipeline.cli.doctor_text import page
    from pipeline.macos.interfaces import ports
    from pipeline.server.addresses import server_address

    found = report(machine)
    for line in page(found, online=True, width=output.width()):
        say(line.text, line.style)
    address = server_address(ports(machine))
    say(f"On each Mac that may panic: {_CLIENT} {address or 'ADDRESS'}", None)
    return found
