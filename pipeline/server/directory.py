"""kdumpd's directory, looked at without being opened: is it there, and is it only root's.

Whoever owns it, or a directory above it, can delete or replace any dump, sticky bit or not.
"""

from __future__ import annotations

import os
import pwd
import shlex
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pipeline.display import printable
from pipeline.machine import Machine
from pipeline.macos.acls import allowed_by_acl
from pipeline.macos.volumes import VOLUMES

MODE = 0o1777
_SET_UP = "sudo panicpipe server setup"
_OTHERS_WRITE_AND_ENTER = 0o003

Kind = Literal["directory", "link", "other", "missing"]


@dataclass(frozen=True, kw_only=True)
class Fault:
    """What is wrong with it: one line each."""

    what: str
    remedy: str
    stops: bool
    """Whether no dump can be stored at all; otherwise others can delete what is stored."""


@dataclass(frozen=True, kw_only=True)
class Place:
    """What is where kdumpd is told to write. Numbers are None where nothing is."""

    path: Path
    """Its real path on the machine, but for the last name."""
    kind: Kind
    owner: int | None = None
    group: int | None = None
    mode: int | None = None
    above: Fault | None = None
    """What is wrong with a directory above it."""

    @property
    def shown(self) -> str:
        return printable(os.fsencode(self.path))


def look(machine: Machine, path: Path) -> Place:
    """Look at one; OSError where the machine does not let us."""
    real = real_path(machine, path)
    if real is None:
        return Place(path=path, kind="missing", above=_escapes(path))
    above = _above(machine, path) or _above(machine, real)
    try:
        found = os.lstat(machine.place(real))
    except (FileNotFoundError, NotADirectoryError):
        return Place(path=real, kind="missing", above=above)
    return Place(
        path=real,
        kind=_kind(found.st_mode),
        owner=found.st_uid,
        group=found.st_gid,
        mode=stat.S_IMODE(found.st_mode),
        above=above,
    )


def real_path(machine: Machine, path: Path) -> Path | None:
    """Return it with the links above it followed; None where these lead out of a rehearsal."""
    parent = Path(os.path.realpath(machine.place(path.parent)))
    if not parent.is_relative_to(machine.root):
        return None
    return Path("/") / parent.relative_to(machine.root) / path.name


def fault(machine: Machine, place: Place) -> Fault | None:
    """Judge what was seen; None: root's, as kdumpd needs it, and nobody can replace it."""
    return _kind_fault(place) or _owner_fault(machine, place) or place.above or _mode_fault(place)


def _kind_fault(place: Place) -> Fault | None:
    name = _quoted(place.path)
    if place.kind == "missing":
        away = "mount its volume; if it is mounted: " if place.path.is_relative_to(VOLUMES) else ""
        return Fault(
            what=f"{place.shown} is not there: kdumpd can store no dump",
            remedy=f"{away}{_SET_UP}",
            stops=True,
        )
    if place.kind == "link":
        return Fault(
            what=f"{place.shown} is a link: whoever made it decides where dumps go",
            remedy=f"look where it leads, then: sudo rm {name} && {_SET_UP}",
            stops=False,
        )
    if place.kind == "other":
        return Fault(
            what=f"{place.shown} is no directory: kdumpd can store no dump",
            remedy=f"sudo mv {name} {name}.old && {_SET_UP}",
            stops=True,
        )
    return None


def _owner_fault(machine: Machine, place: Place) -> Fault | None:
    if _trusted(machine, place.owner):
        return None
    return Fault(
        what=f"{place.shown} belongs to {_user(machine, place.owner)}, who can delete or replace "
        "any dump there",
        remedy=_given_to_root(place.path),
        stops=False,
    )


def _given_to_root(path: Path) -> str:
    """Return the command; an ACL would outlive its maker's ownership."""
    name = _quoted(path)
    return f"sudo chown root:wheel {name} && sudo chmod -N {name} && sudo chmod 1777 {name}"


def acl_fault(machine: Machine, place: Place) -> Fault | None:
    """Ask whether an ACL lets others change it, or a directory above; of every one, a program."""
    for path in (place.path, *place.path.parents[:-1]):
        who = allowed_by_acl(machine, path)
        if who is not None:
            shown = printable(os.fsencode(path))
            return Fault(
                what=f"{shown} has an ACL that lets {who} change it, and any dump there",
                remedy=f"sudo chmod -N {_quoted(path)}",
                stops=False,
            )
    return None


def _mode_fault(place: Place) -> Fault | None:
    mode = place.mode or 0
    remedy = f"sudo chmod 1777 {_quoted(place.path)}"
    if mode & _OTHERS_WRITE_AND_ENTER != _OTHERS_WRITE_AND_ENTER:
        what = f"{place.shown} has mode {mode:04o}: kdumpd, as user nobody, cannot write there"
        return Fault(what=what, remedy=remedy, stops=True)
    if not mode & stat.S_ISVTX:
        what = f"{place.shown} has mode {mode:04o}: anybody can delete or replace any dump there"
        return Fault(what=what, remedy=remedy, stops=False)
    return None


def _above(machine: Machine, path: Path) -> Fault | None:
    """Judge every directory above, the highest first; what is not there is passed over."""
    for parent in reversed(path.parents[:-1]):
        try:
            found = os.lstat(machine.place(parent))
        except (FileNotFoundError, NotADirectoryError):
            return None
        who = _who_can_replace(machine, found)
        if who is not None:
            shown, name = printable(os.fsencode(parent)), _quoted(parent)
            return Fault(
                what=f"{shown}, above {printable(path.name)}, can be changed by {who}, who can put "
                "another directory in its place",
                remedy=f"sudo chown root:wheel {name} && sudo chmod +t {name}",
                stops=False,
            )
    return None


def _who_can_replace(machine: Machine, found: os.stat_result) -> str | None:
    if not _trusted(machine, found.st_uid):
        return _user(machine, found.st_uid)
    if stat.S_ISLNK(found.st_mode) or found.st_mode & stat.S_ISVTX:
        return None
    if found.st_mode & stat.S_IWOTH:
        return "anybody"
    if found.st_mode & stat.S_IWGRP and found.st_gid != 0:
        return f"group {found.st_gid}"
    return None


def _escapes(path: Path) -> Fault:
    return Fault(
        what=f"{printable(os.fsencode(path))} leads out of the rehearsal's root directory",
        remedy="use relative links there",
        stops=True,
    )


def _trusted(machine: Machine, owner: int | None) -> bool:
    """Whether it is root's; in a rehearsal, whoever rehearses stands for root."""
    return owner == 0 or (not machine.real and owner == os.geteuid())


def _user(machine: Machine, uid: int | None) -> str:
    try:
        name = pwd.getpwuid(uid).pw_name if machine.real and uid is not None else None
    except KeyError:
        name = None
    return f"uid {uid}" if name is None else f"uid {uid} ({printable(name)})"


def _kind(mode: int) -> Kind:
    if stat.S_ISLNK(mode):
        return "link"
    return "directory" if stat.S_ISDIR(mode) else "other"


def _quoted(path: Path) -> str:
    return printable(shlex.quote(str(path)))
