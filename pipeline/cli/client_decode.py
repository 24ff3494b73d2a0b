"""`panicpipe client decode`: what boot-args do, and every trap in them."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.bootargs import value
from pipeline.bootargs.pasting import Pasted, pasted
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.traps import traps
from pipeline.cli import client_text, output
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import json_option
from pipeline.client.applying import current
from pipeline.client.surveying import surroundings
from pipeline.machine import Machine, this_machine

_LONGEST = 1 << 16


@click.command()
@click.argument("text", metavar="[BOOT-ARGS|-]", required=False)
@click.option(
    "--apple-silicon/--intel", default=None, help="Which kind of Mac, where it is not this one."
)
@json_option
@root_option
def decode(text: str | None, apple_silicon: bool | None, as_json: bool, root: Path | None) -> int:
    """Explain every bit and argument, and warn of what keeps a core from arriving.

    Takes boot-args, or a whole pasted nvram command, in quotes; `-` reads standard input; nothing
    asks this Mac for its own, which are then judged with its interfaces. Exit code 11 where no core
    can arrive, 10 where something is to be minded, 0 otherwise.
    """
    machine = this_machine(root)
    given = _given(machine, text)
    args = value.parse(given.text)
    mac = surroundings(machine) if text is None else Surroundings(apple_silicon=apple_silicon)
    found = traps(args, mac, given)
    if as_json:
        output.print_json(client_text.value(args, found))
        return client_text.exit_code(found)
    if not args.arguments:
        output.say("There are no boot-args.")
    client_text.show(args)
    if found:
        output.say()
        client_text.show_traps(found)
    else:
        output.say()
        output.say("Nothing known keeps a core from arriving.", "green")
    return client_text.exit_code(found)


def _given(machine: Machine, text: str | None) -> Pasted:
    if text is None:
        return pasted(str(current(machine)))
    if text == "-":
        text = sys.stdin.buffer.read(_LONGEST).decode("utf-8", "surrogateescape")
    return pasted(text)
