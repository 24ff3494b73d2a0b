"""Whether another volume can take dumps: mounted, of this machine, with owners that count."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from pipeline.display import one_line, printable, size
from pipeline.errors import MachineError, Untrusted
from pipeline.machine import Machine
from pipeline.machine.looking import looks
from pipeline.macos.volumes import VOLUMES, Volume, volume_for, volumes

LEAST_FREE = 1 << 30
"""Bytes: a gigabyte for each core is the rule of thumb."""
_WITHOUT_OWNERS = ("msdos", "exfat", "ntfs", "cd9660", "udf")


def check(machine: Machine, path: Path) -> None:
    """Refuse a directory on a volume that is no good for dumps; the path is a real one.

    MachineError where dumps would not get there; Untrusted where anybody could delete them.
    """
    shown = printable(os.fsencode(path))
    mounted = volumes(machine)
    if mounted is None:
        raise MachineError("/sbin/mount does not tell which volumes there are; nothing was changed")
    volume = volume_for(path, mounted)
    if volume is None:
        raise MachineError(f"{shown}: its volume is not mounted; mount it, then set up again")
    _check_volume(volume, shown)
    _check_room(machine, path)


def _check_volume(volume: Volume, shown: str) -> None:
    name = printable(shlex.quote(str(volume.mounted_on)))
    kind = one_line(volume.kind, 20)
    if not volume.local:
        raise MachineError(f"{shown}: is on another machine ({kind}); choose a disk of this one")
    if volume.read_only and volume.mounted_on.is_relative_to(VOLUMES):
        raise MachineError(f"{shown}: its volume can only be read; choose another one")
    if volume.kind in _WITHOUT_OWNERS:
        raise Untrusted(
            f"{shown}: {kind} knows no owners, so anybody could delete dumps there; use a volume "
            "in the format APFS"
        )
    if volume.ignores_owners:
        raise Untrusted(
            f"{shown}: ownership is ignored on its volume, so anybody could delete dumps there; "
            f"run: sudo diskutil enableOwnership {name}, then set up again"
        )


def _check_room(machine: Machine, path: Path) -> None:
    place = str(machine.place(path.parent))
    found = looks([place])[place]
    shown = printable(os.fsencode(path.parent))
    if found.kind != "directory":
        raise MachineError(f"{shown}: {found.fault or 'there is no such directory'}; make it first")
    if found.free is not None and found.free < LEAST_FREE:
        raise MachineError(
            f"{shown}: {size(found.free)} free, not enough for a single dump; make room first"
        )
