"""Has this Mac receive dumps, and brings back how it was. Every step may be repeated."""

from __future__ import annotations

import os
import plistlib
from dataclasses import replace
from pathlib import Path

import msgspec

from pipeline import kdumpd
from pipeline.display import printable
from pipeline.errors import MachineError, Untrusted
from pipeline.machine import Changes, Machine
from pipeline.macos import launchd_verbs
from pipeline.macos.kdumpd import Kdumpd, server
from pipeline.macos.launchd import Job, look
from pipeline.server import record, volume
from pipeline.server.directory import MODE, Place, acl_fault, fault, real_path
from pipeline.server.directory import look as look_at
from pipeline.server.record import Directory, Record

_OUR_PLIST = str(kdumpd.plist_of(kdumpd.OURS))
_APPLE_PLIST = str(kdumpd.plist_of(kdumpd.APPLE))

_EXAMPLE = "/Volumes/Dumps/PanicDumps"


def set_up(changes: Changes, directory: Path | None, template: bytes) -> Path:
    """Have kdumpd write to `directory`, or to the one that it is told already; return that one.

    `template` is our own property list, used where the directory is not Apple's. Raises, before
    anything is changed, MachineError where dumps would not get there, and Untrusted where somebody
    else made what is there, or could change it.
    """
    machine = changes.machine
    apples = _apples_directory(machine)
    place = _seen(machine, directory or kdumpd.kdumpd_directory(machine.root))
    theirs = apples is not None and place.path == real_path(machine, apples)
    _refuse(machine, place, theirs=theirs)
    _keep(changes, place)
    changes.directory(str(place.path), "root", "wheel", MODE)
    if theirs:
        _use_apples(changes)
    else:
        _use_ours(changes, place.path, template)
    return place.path


def _apples_directory(machine: Machine) -> Path | None:
    told = kdumpd.told_by(kdumpd.APPLE, machine.root)
    return None if told is None else told.directory


def _seen(machine: Machine, path: Path) -> Place:
    try:
        return look_at(machine, path)
    except OSError as error:
        raise MachineError(f"{printable(os.fsencode(path))}: {error.strerror}") from error


def _refuse(machine: Machine, place: Place, *, theirs: bool) -> None:
    """Stop before anything is changed, unless root can just set it right."""
    if not place.shown.isprintable() or str(place.path) != place.shown:
        raise MachineError(f"{place.shown}: choose a name of plain characters")
    if place.path.name in ("", ".."):
        raise MachineError(f"{place.shown}: name a directory for dumps, as {_EXAMPLE}")
    if place.above is not None and place.above.stops:
        raise MachineError(f"{place.above.what}; {place.above.remedy}")
    if not theirs:
        if not machine.has(kdumpd.PROGRAM):
            raise MachineError(f"{kdumpd.PROGRAM}: is not there; this macOS cannot receive dumps")
        volume.check(machine, place.path)
        _must_be_for_dumps(machine, place)
    if place.kind == "missing":
        found = place.above
    else:
        found = fault(machine, replace(place, mode=MODE) if place.kind == "directory" else place)
    if found is None and place.kind == "directory":
        found = acl_fault(machine, place)
    if found is not None:
        kind = MachineError if found.stops else Untrusted
        advice = found.remedy if found.stops else f"if nobody else needs it so, {found.remedy}"
        raise kind(f"{found.what}; {advice}")


def _must_be_for_dumps(machine: Machine, place: Place) -> None:
    """Refuse what is used for something else: anybody may write to a directory for dumps."""
    if place.kind != "directory" or (place.mode or 0) & MODE == MODE:
        return
    if os.listdir(machine.place(place.path)):
        raise MachineError(
            f"{place.shown}: is used for something else, and anybody may write to a directory for "
            f"dumps; name a new one, such as {place.shown}/PanicDumps"
        )


def _keep(changes: Changes, place: Place) -> None:
    """Have on record how all was before the first change."""
    machine = changes.machine
    known = record.read(machine)
    if known is None:
        apple = look(machine, kdumpd.APPLE)
        known = Record(disabled=apple.disabled, loaded=apple.loaded is True)
    if not known.knows(place.path):
        found = Directory(
            path=str(place.path),
            made=place.kind == "missing",
            group=place.group or 0,
            mode=place.mode or 0,
        )
        known = msgspec.structs.replace(known, directories=(*known.directories, found))
    record.write(changes, known)


def _use_apples(changes: Changes) -> None:
    _away_with_ours(changes)
    apple = look(changes.machine, kdumpd.APPLE)
    if apple.disabled is not False:
        launchd_verbs.enable(changes, kdumpd.APPLE)
    _load_apples(changes, replace(apple, disabled=False))


def _load_apples(changes: Changes, apple: Job) -> None:
    if apple.loaded:
        return
    if apple.disabled:
        launchd_verbs.enable(changes, kdumpd.APPLE)
    launchd_verbs.load(changes, kdumpd.APPLE, _APPLE_PLIST)


def _use_ours(changes: Changes, directory: Path, template: bytes) -> None:
    """Put ours in place of Apple's: two cannot hold the port."""
    machine = changes.machine
    _quiet(changes, look(machine, kdumpd.APPLE))
    ours = look(machine, kdumpd.OURS)
    if changes.file(_OUR_PLIST, rendered(template, directory), "root", "wheel", 0o644):
        if ours.loaded is not False and not (changes.dry_run and ours.loaded is None):
            launchd_verbs.unload(changes, kdumpd.OURS)
        ours = replace(ours, loaded=False)
    if ours.disabled:
        launchd_verbs.enable(changes, kdumpd.OURS)
    if ours.loaded is not True:
        launchd_verbs.load(changes, kdumpd.OURS, _OUR_PLIST)


def rendered(template: bytes, directory: Path) -> bytes:
    """Return our property list for a directory."""
    job = plistlib.loads(template)
    job["ProgramArguments"] = [kdumpd.PROGRAM, str(directory)]
    return plistlib.dumps(job, sort_keys=False)


def undo(changes: Changes) -> list[str]:
    """Bring back how it was before the first `set_up`; return what cannot be, a line each.

    MachineError where kdumpd is on, and how it was before is not on record.
    """
    machine = changes.machine
    known = record.read(machine)
    if known is None:
        _must_be_off(server(machine))
        return []
    _away_with_ours(changes)
    apple = look(machine, kdumpd.APPLE)
    if known.loaded:
        _load_apples(changes, apple)
        if known.disabled:
            launchd_verbs.disable(changes, kdumpd.APPLE)
    else:
        _quiet(changes, apple, enabled=known.disabled is False)
    left = [note for each in known.directories for note in _give_back(changes, each)]
    record.remove(changes)
    return [*left, *_lasting()]


def _must_be_off(found: Kdumpd | None) -> None:
    if found is not None and (found.ours or found.job.loaded):
        raise MachineError(
            f"{record.FILE} is not there, so how it was before is not known; to switch kdumpd off: "
            f"sudo launchctl bootout system/{found.label}; sudo launchctl disable "
            f"system/{found.label}"
        )


def _away_with_ours(changes: Changes) -> None:
    if look(changes.machine, kdumpd.OURS).loaded:
        launchd_verbs.unload(changes, kdumpd.OURS)
    changes.remove(_OUR_PLIST)


def _quiet(changes: Changes, apple: Job, *, enabled: bool = False) -> None:
    """Have Apple's job gone, and not started at boot either unless it is to be `enabled`.

    System Integrity Protection may refuse to end a job of Apple's: a restart ends it then.
    """
    if not enabled and (apple.disabled is False or apple.loaded):
        launchd_verbs.disable(changes, kdumpd.APPLE)
    if apple.loaded is False:
        return
    try:
        launchd_verbs.unload(changes, kdumpd.APPLE)
    except MachineError as error:
        raise MachineError(
            f"{error}; it is switched off from the next restart on: restart this Mac, then do this "
            "again"
        ) from error


def _give_back(changes: Changes, known: Directory) -> list[str]:
    """Remove a directory that was made for dumps, or have its old group and mode again."""
    machine = changes.machine
    place = _seen(machine, Path(known.path))
    if place.kind != "directory" or fault(machine, replace(place, mode=MODE)) is not None:
        return []
    if not known.made:
        changes.directory(known.path, "root", str(known.group), known.mode)
        return []
    if changes.remove_directory(known.path):
        return []
    count = len(os.listdir(machine.place(known.path)))
    what = "1 file" if count == 1 else f"{count} files"
    return [f"{printable(known.path)} stays: there are {what} in it, which are yours to keep"]


def _lasting() -> list[str]:
    return [
        "a transfer that is under way may go on until its Mac is done",
        "launchd keeps a record that these jobs were enabled or disabled once; it does no harm",
    ]
