"""Changes the boot-args of this Mac, and puts them back."""

from __future__ import annotations

from pipeline.bootargs import value
from pipeline.bootargs.surroundings import Surroundings
from pipeline.bootargs.traps import traps
from pipeline.bootargs.value import BootArgs
from pipeline.bootargs.wish import Wish, merged, taken_back
from pipeline.client.before import Before, forget, keep, kept
from pipeline.errors import MachineError, PanicPipeError
from pipeline.machine import Changes, Machine
from pipeline.macos import nvram


def current(machine: Machine) -> BootArgs:
    """Return what this Mac has; MachineError where it does not tell."""
    if not machine.mac:
        raise MachineError("this is no Mac: run it on the one that panics")
    text = nvram.boot_args(machine)
    if text is None:
        raise MachineError("nvram does not tell the boot-args; look with: nvram boot-args")
    return value.parse(text)


def planned(machine: Machine, wish: Wish) -> tuple[BootArgs, BootArgs]:
    """Return what there is, and what there would be."""
    had = current(machine)
    return had, merged(had, wish)


def refuse_useless(args: BootArgs, mac: Surroundings) -> None:
    """Refuse arguments with which no core can arrive."""
    fatal = [trap for trap in traps(args, mac) if trap.fatal]
    if fatal:
        raise PanicPipeError(
            f"no core could arrive: {fatal[0].what}; {fatal[0].remedy} (--force sets them anyway)"
        )


def apply(changes: Changes, had: BootArgs, wanted: BootArgs) -> None:
    """Write them, and read them again; what was there before is kept for `undo`."""
    earlier = kept(changes.machine)
    first = earlier.before if earlier is not None and earlier.added == str(had) else str(had)
    keep(changes, Before(before=first, added=str(wanted)))
    try:
        nvram.write(changes, str(wanted))
    except MachineError:
        _put_back(changes, earlier)
        raise
    nvram.save(changes)


def _put_back(changes: Changes, earlier: Before | None) -> None:
    if earlier is None:
        forget(changes)
    else:
        keep(changes, earlier)


def undone(machine: Machine) -> tuple[BootArgs, BootArgs]:
    """Return what there is, and what there would be once our change is undone."""
    change, had = kept(machine), current(machine)
    if change is None:
        raise MachineError(
            "panicpipe has changed no boot-args here; to delete them all: sudo nvram -d boot-args"
        )
    return had, taken_back(had, value.parse(change.added), value.parse(change.before))


def undo(changes: Changes, wanted: BootArgs) -> None:
    """Write them as they were, and read them again."""
    nvram.write(changes, str(wanted))
    nvram.save(changes)
    forget(changes)
