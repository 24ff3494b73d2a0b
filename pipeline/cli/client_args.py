"""`panicpipe client args`: the command that has a Mac send its core."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any

import click

from pipeline.bootargs import bits, command, known, value
from pipeline.bootargs.difference import taken_out
from pipeline.bootargs.number import number
from pipeline.bootargs.pasting import pasted
from pipeline.bootargs.surroundings import NOWHERE, Surroundings
from pipeline.bootargs.trap import Trap
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import MOST_BYTES, BootArgs
from pipeline.bootargs.wish import Wish, merged
from pipeline.cli import output
from pipeline.cli.client_text import exit_code, show, show_taken_out, show_traps
from pipeline.cli.client_text import value as explained
from pipeline.cli.client_wish import wish, wish_options
from pipeline.cli.machine_options import root_option
from pipeline.cli.options import json_option
from pipeline.client.surveying import surroundings
from pipeline.errors import PanicPipeError
from pipeline.machine import Machine, this_machine
from pipeline.macos import nvram


@dataclass(frozen=True, kw_only=True)
class _Subject:
    """The Mac that is to send."""

    had: BootArgs | None
    """None where nobody knows."""
    mac: Surroundings = NOWHERE
    here: bool = False


@click.command(name="args")
@wish_options
@click.option(
    "--keep",
    metavar="TEXT",
    help='The boot-args that the Mac has now, as `nvram boot-args` prints them there; "" for '
    "none. Left out: this Mac's own, on a Mac.",
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

    Nothing is changed. On a Mac it is for that Mac: its boot-args are kept, and its ports judged;
    with --keep, --apple-silicon or --intel, and on the server itself, it is for another one.
    Exit code 11 where no core could arrive that way, 10 where something is to be minded, else 0.
    """
    asked = wish(options)
    subject = _subject(this_machine(root), keep, apple_silicon, asked.server)
    had = subject.had or BootArgs()
    wanted = merged(had, asked)
    if wanted.size > MOST_BYTES:
        raise PanicPipeError(
            f"boot-args would be {wanted.size} bytes, and the kernel keeps {MOST_BYTES}: take out "
            "what the Mac does not need, and give the rest with --keep"
        )
    found = [trap for trap in traps(wanted, subject.mac) if not _meant(trap, asked)]
    if as_json:
        output.print_json(_value(subject, wanted, found))
    else:
        _tell(subject, wanted)
        if found:
            output.say()
            show_traps(found)
        _next_steps(wanted, subject.mac)
    return exit_code(found)


def _subject(
    machine: Machine, keep: str | None, apple_silicon: bool | None, server: IPv4Address
) -> _Subject:
    had = None if keep is None else value.parse(pasted(keep).text)
    if had is not None or apple_silicon is not None or not machine.mac:
        return _Subject(had=had, mac=Surroundings(apple_silicon=apple_silicon))
    mac = surroundings(machine)
    if any(server in each.addresses for each in (mac.interfaces or {}).values()):
        return _Subject(had=None)  # this is the server
    text = nvram.boot_args(machine)
    return _Subject(had=None if text is None else value.parse(text), mac=mac, here=True)


def _meant(trap: Trap, asked: Wish) -> bool:
    """Whether a trap is what was asked for in so many words."""
    return trap.code == "debug.paniclog" and asked.paniclog_only


def _value(subject: _Subject, wanted: BootArgs, found: list[Trap]) -> dict[str, Any]:
    had = subject.had
    return {
        "command": command.line(wanted),
        "undo": None if had is None else command.line(had),
        "this_mac": subject.here,
        "had": None if had is None else str(had),
        "taken_out": [] if had is None else list(taken_out(had, wanted)),
        **explained(wanted, found),
    }


def _tell(subject: _Subject, wanted: BootArgs) -> None:
    had = subject.had
    output.say("On this Mac:" if subject.here else "On the Mac that may panic:")
    output.say()
    output.say(f"  {command.line(wanted)}")
    output.say("  sudo reboot")
    output.say()
    show(wanted)
    output.say()
    if had is None:
        output.say("This replaces the boot-args that it has, which are not known here. Look first:")
        output.say("`nvram boot-args`; what it prints is to be given with --keep, and kept then.")
        output.say("To undo it where it had none:")
    else:
        show_taken_out(had, wanted)
        if any(taken_out(had, wanted)):
            output.say()
        output.say("To undo it:")
    output.say()
    output.say(f"  {command.line(had or BootArgs())}")


def _next_steps(wanted: BootArgs, mac: Surroundings) -> None:
    lines = ["", "Updates and another start-up disk can reset boot-args."]
    if mac.sip is not False:
        lines += [
            "System Integrity Protection must be off, to set them and to have a core sent: start",
            "that Mac from Recovery and run `csrutil disable` there; on Apple silicon accept",
            "permissive security, on a Mac with T2 choose reduced security.",
        ]
    if not bits.REBOOT_AFTER & (number(wanted.effective(known.DEBUG) or "") or 0):
        lines += [
            "",
            "When the core is sent the Mac stays as it is: hold its power button, and start it",
            "again. With --reboot it restarts by itself.",
        ]
    if wanted.effective(known.ROUTER) is None and mac.interfaces is None:
        lines += ["", "A server in another subnet also needs --router, the router of that Mac."]
    if mac.apple_silicon is not True:
        lines += [
            "",
            "To force a core, and when it hangs without a panic (Intel): press left-Command,",
            "right-Command and the power key together.",
        ]
    for line in lines:
        output.say(line)
