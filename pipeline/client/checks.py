"""What `doctor` says of a Mac that is itself to send its core when it panics."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.bootargs import command, known, value
from pipeline.bootargs.traps import traps
from pipeline.bootargs.traps.protection import UNCHANGEABLE
from pipeline.client.before import Before, kept
from pipeline.client.surveying import surroundings
from pipeline.display import one_line
from pipeline.errors import MachineError, Untrusted
from pipeline.machine import Finding, Level, Machine
from pipeline.macos import nvram

_CHECK = "client.boot-args"


def findings(machine: Machine) -> Iterator[Finding]:
    """Judge its boot-args where they name a server, or did once; nothing otherwise."""
    text = nvram.boot_args(machine) if machine.mac else None
    if text is None:
        return
    args = value.parse(text)
    if args.all(known.SERVER):
        yield from _judged(args, machine)
    else:
        yield from _gone(machine)


def _judged(args: value.BootArgs, machine: Machine) -> Iterator[Finding]:
    found = traps(args, surroundings(machine))
    hindering = [trap for trap in found if trap.code != UNCHANGEABLE]
    if not hindering:
        server = one_line(args.effective(known.SERVER) or "")
        yield Finding(check=_CHECK, level=Level.OK, what=f"this Mac sends its cores to {server}")
    for trap in hindering:
        yield Finding(
            check=_CHECK,
            level=Level.FAIL if trap.fatal else Level.WARN,
            what=one_line(trap.what),
            remedy=trap.remedy,
        )


def _gone(machine: Machine) -> Iterator[Finding]:
    """Updates and another start-up disk take boot-args away."""
    try:
        change = kept(machine)
    except (MachineError, Untrusted) as fault:
        yield Finding(check=_CHECK, level=Level.UNKNOWN, what=one_line(str(fault)))
        return
    if change is not None and _named_a_server(change):
        yield Finding(
            check=_CHECK,
            level=Level.FAIL,
            what="the boot-args that `client apply` has set are gone: this Mac sends no core",
            remedy=f"{command.line(value.parse(change.added))} (or: sudo panicpipe client undo)",
        )


def _named_a_server(change: Before) -> bool:
    return bool(value.parse(change.added).all(known.SERVER))
