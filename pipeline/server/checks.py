"""Looks at everything that must be right for dumps to arrive here, a finding each.

For `server status`, `doctor` and whoever sets the server up: the wording exists once.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pipeline import kdumpd
from pipeline.corefile import DumpName
from pipeline.display import printable
from pipeline.machine import Finding, Machine
from pipeline.machine.looking import looks
from pipeline.macos.filevault import filevault
from pipeline.macos.firewall import firewall
from pipeline.macos.kdumpd import server
from pipeline.macos.listening import holders
from pipeline.macos.power import power
from pipeline.macos.volumes import VOLUMES, volume_for, volumes
from pipeline.server import host, job
from pipeline.server.addresses import reachable
from pipeline.server.directory import Place, acl_fault, fault, look
from pipeline.server.listener import somebody_listens
from pipeline.server.wording import fail, ok, unknown, warn

_DIRECTORY = "server.directory"
_MOST_FILES = 10_000


def findings(machine: Machine) -> Iterator[Finding]:
    """Look at the dump server and at the Mac that it runs on; nothing where this is no Mac.

    Without root some is unknown. Nothing is changed, and no packet sent.
    """
    if machine.mac:
        yield from receiving(machine)
        yield host.firewall(firewall(machine))
        yield from host.power(power(machine))
        yield host.filevault(filevault(machine))
        yield reachable(machine)


def receiving(machine: Machine) -> Iterator[Finding]:
    """Look at kdumpd itself, its port and its directory."""
    needs_root = machine.real and os.geteuid() != 0
    yield from job.kdumpd_job(server(machine), needs_root=needs_root)
    known = None if needs_root else holders(machine, kdumpd.PORT)
    bound = somebody_listens(kdumpd.PORT) if machine.real and known is None else None
    yield job.port(known, bound)
    yield from _of_directory(machine, kdumpd.kdumpd_directory(machine.root))


def _of_directory(machine: Machine, path: Path) -> Iterator[Finding]:
    """Look at the directory and what lies in it, unless it hangs."""
    place, shown = str(machine.place(path)), printable(os.fsencode(path))
    seen = looks([place])[place]
    if seen.kind is None:
        yield unknown(_DIRECTORY, f"{shown} cannot be looked at: {seen.fault}")
        return
    try:
        found = look(machine, path)
    except OSError as error:
        yield unknown(_DIRECTORY, f"{shown} cannot be looked at: {error.strerror}")
        return
    yield _directory(machine, found)
    if found.kind == "directory":
        yield host.space(seen.free, found.shown)
        yield _names(machine, found)


def _directory(machine: Machine, place: Place) -> Finding:
    if not _is_mounted(machine, place.path):
        what = f"{place.shown}: its volume is not mounted, and no dump can be stored"
        return fail(_DIRECTORY, what, "mount it; `diskutil list` shows the volumes that are there")
    wrong = fault(machine, place) or acl_fault(machine, place)
    if wrong is None:
        return ok(_DIRECTORY, f"dumps go to {place.shown}, which is root's, mode {place.mode:04o}")
    level = fail if wrong.stops else warn
    return level(_DIRECTORY, wrong.what, wrong.remedy)


def _is_mounted(machine: Machine, path: Path) -> bool:
    if not path.is_relative_to(VOLUMES):
        return True
    mounted = volumes(machine)
    return mounted is None or volume_for(path, mounted) is not None


def _names(machine: Machine, place: Place) -> Finding:
    try:
        return host.names(tuple(_fixed(machine, place)))
    except OSError as error:
        return unknown("server.names", f"{place.shown} cannot be listed: {error.strerror}")


def _fixed(machine: Machine, place: Place) -> Iterator[bytes]:
    """Yield the names of kdumpd's files that no kernel made up: those that can come again."""
    nobody = machine.uid("nobody")
    with os.scandir(os.fsencode(machine.place(place.path))) as entries:
        for _, entry in zip(range(_MOST_FILES), entries, strict=False):
            if DumpName.parse(entry.name).generated:
                continue
            found = entry.stat(follow_symlinks=False)
            if stat.S_ISREG(found.st_mode) and found.st_uid == nobody:
                yield entry.name
