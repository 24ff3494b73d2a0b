"""`panicpipe client args`: the command that has a Mac send its core."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.bootargs import command, value
from pipeline.bootargs.pasting import pasted
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import BootArgs
from pipeline.bootargs.wish import Wish, merged
from pipeline.cli import client_text, output
from pipeline.cli.client_wish import wish, wish_options
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import json_option
from pipeline.client.surveying import surroundings
from pipeline.machine import Machine, this_machine
from pipeline.macos import nvram


@click.command(name="args")
@wish_options
@click.option(
    "--keep",
    metavar="TEXT",
    help='The boot-args that the Mac has now ("" for none). Left out: this Mac\'s own, on a Mac.',
)
@click.option(
    "--apple-silicon/--intel", default=None, help="Which kind of Mac, where it is not this one."
)
@json_option
@root_option
def args(
    keep: str | None,
    apple_silicon: bool | None,
    as_json: bool,
    root: Path | None,
    **options: Any,
) -> int:
    """Print the command that has a Mac send its core to your server, and the one that undoes it.

    Nothing is changed. What the Mac has already stays. Exit code 11 where no core could arrive that
    way, 10 where something is to be minded, 0 otherwise.
    """
    machine, asked = this_machine(root), wish(options)
    here = keep is None and apple_silicon is None and machine.mac
    mac = surroundings(machine) if here else Surroundings(apple_silicon=apple_silicon)
    had = _existing(machine, keep, here=here)
    wanted = merged(had, asked)
    found = [trap for trap in traps(wanted, mac) if not _meant(trap.code, asked)]
    if as_json:
        commands = {"command": command.line(wanted), "undo": command.line(had)}
        output.print_json({**commands, **client_text.value(wanted, found)})
    else:
        _tell(had, wanted)
        if found:
            output.say()
            client_text.show_traps(found)
        _next_steps(mac)
    return client_text.exit_code(found)


def _existing(machine: Machine, keep: str | None, *, here: bool) -> BootArgs:
    if keep is not None:
        return value.parse(pasted(keep).text)
    return value.parse((nvram.boot_args(machine) or "") if here else "")


def _meant(code: str, asked: Wish) -> bool:
    """Whether a trap is what was asked for in so many words."""
    return code == "debug.paniclog" and asked.paniclog_only


def _tell(had: BootArgs, wanted: BootArgs) -> None:
    output.say("On the Mac that panics:")
    output.say()
    output.say(f"  {command.line(wanted)}")
    output.say("  sudo reboot")
    output.say()
    client_text.show(wanted)
    output.say()
    output.say("To undo it:")
    output.say()
    output.say(f"  {command.line(had)}")


def _next_steps(mac: Surroundings) -> None:
    lines = [
        "",
        "First, System Integrity Protection must let boot-args be changed: start that Mac from",
        "Recovery and run `csrutil disable` there; on Apple silicon also choose permissive",
        "security, on a Mac with T2 reduced security. Updates and a new start-up disk can reset",
        "boot-args.",
        "Without `sudo nvram -s` they reach the hardware only when the Mac restarts as it should.",
    ]
    if mac.apple_silicon is not True:
        lines += [
            "",
            "A Mac that hangs without a panic (Intel): press left-Command, right-Command and the",
            "power key together, and it sends its core.",
        ]
    for line in lines:
        output.say(line)
