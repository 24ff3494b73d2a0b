"""Changes the boot-args of this Mac, and puts them back."""

from __future__ import annotations

from pipeline.bootargs import value
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.taking_back import taken_back
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import BootArgs
from pipeline.client.before import Before, forget, keep, kept
from pipeline.errors import MachineError, PanicPipeError
from pipeline.machine import Changes, Machine
from pipeline.macos import nvram


def refuse_elsewhere(machine: Machine) -> None:
    """Refuse what has no boot-args."""
    if not machine.mac:
        raise MachineError("this is no Mac: run it on the one that panics")


def current(machine: Machine) -> BootArgs:
    """Return what this Mac has; MachineError where it does not tell."""
    refuse_elsewhere(machine)
    text = nvram.boot_args(machine)
    if text is None:
        raise MachineError("nvram does not tell the boot-args; look with: nvram boot-args")
    return value.parse(text)


def refuse_useless(args: BootArgs, mac: Surroundings) -> None:
    """Refuse arguments with which no core can arrive."""
    fatal = [trap for trap in traps(args, mac) if trap.fatal]
    if fatal:
        raise PanicPipeError(
            f"no core could arrive: {fatal[0].what}; {fatal[0].remedy} (--force sets them anyway)"
        )


def apply(changes: Changes, had: BootArgs, wanted: BootArgs) -> None:
    """Write them, and read them again; what was there before is kept for `undo`.

    It is kept before anything is written, so that being killed in between loses nothing. Of
    several changes in a row it is what was there before the first one.
    """
    earlier = kept(changes.machine)
    before = had if earlier is None else _taken_back(had, earlier)
    keep(changes, Before(before=str(before), added=str(wanted)))
    try:
        nvram.write(changes, str(wanted))
    except MachineError:
        _put_back(changes, earlier)
        raise
    nvram.save(changes)


def _taken_back(current: BootArgs, change: Before) -> BootArgs:
    return taken_back(current, value.parse(change.added), value.parse(change.before))


def _put_back(changes: Changes, earlier: Before | None) -> None:
    if earlier is None:
        forget(changes)
    else:
        keep(changes, earlier)


def undone(machine: Machine) -> tuple[BootArgs, BootArgs]:
    """Return what there is, and what there would be once our change is undone."""
    had, change = current(machine), kept(machine)
    if change is None:
        raise MachineError(
            "panicpipe has changed no boot-args here; to delete them all: sudo nvram -d boot-args"
        )
    return had, _taken_back(had, change)


def undo(changes: Changes, had: BootArgs, wanted: BootArgs) -> None:
    """Write them as they were, and read them again; nothing is written where they are so."""
    if had != wanted:
        nvram.write(changes, str(wanted))
        nvram.save(changes)
    forget(changes)
