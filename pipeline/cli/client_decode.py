"""`panicpipe client decode`: what boot-args do, and every trap in them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.bootargs import value
from pipeline.bootargs.pasting import pasted
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.traps import traps
from pipeline.cli import client_text, output
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import json_option
from pipeline.client.applying import current
from pipeline.client.surveying import surroundings
from pipeline.errors import MachineError
from pipeline.machine import Machine, this_machine

_LONGEST = 1 << 16
_ABOUT = "say of which Mac the boot-args are: give either --this-mac, or --apple-silicon or --intel"


@click.command()
@click.argument("text", metavar="[BOOT-ARGS|-]", required=False)
@click.option("--this-mac", is_flag=True, help="They are for this Mac: judge them by its ports.")
@click.option(
    "--apple-silicon/--intel", default=None, help="Which kind of Mac, where it is not this one."
)
@json_option
@root_option
def decode(
    text: str | None,
    this_mac: bool,
    apple_silicon: bool | None,
    as_json: bool,
    root: Path | None,
) -> int:
    """Explain every bit and argument, and warn of what keeps a core from arriving.

    Takes boot-args, or a whole pasted nvram command, in quotes; `-` reads standard input; nothing
    asks this Mac for its own. Text is judged by this Mac's ports only with --this-mac. Exit code
    11 where no core can arrive, 10 where something is to be minded, 0 otherwise.
    """
    machine = this_machine(root)
    if apple_silicon is not None and (this_mac or text is None):
        raise click.UsageError(_ABOUT)
    given = None if text is None else pasted(_read() if text == "-" else text[:_LONGEST])
    args = current(machine) if given is None else value.parse(given.text)
    mac = _mac(machine, apple_silicon, here=this_mac or given is None)
    found = traps(args, mac, given)
    if as_json:
        output.print_json(client_text.value(args, found))
        return client_text.exit_code(found)
    if not args.arguments:
        output.say("There are no boot-args.")
    client_text.show(args)
    output.say()
    client_text.show_traps(found)
    if not found:
        output.say("Nothing known keeps a core from arriving.", "green")
    return client_text.exit_code(found)


def _mac(machine: Machine, apple_silicon: bool | None, *, here: bool) -> Surroundings:
    if not here:
        return Surroundings(apple_silicon=apple_silicon)
    if not machine.mac:
        raise MachineError("this is no Mac: leave out --this-mac")
    return surroundings(machine)


def _read() -> str:
    return sys.stdin.buffer.read(_LONGEST).decode("utf-8", "surrogateescape")
