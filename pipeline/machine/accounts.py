"""Accounts by name, as numbers: of this machine, or of a scratch root that stands for one."""

from __future__ import annotations

import grp
import pwd
from pathlib import Path

_OF_A_MAC = {"root": 0, "nobody": 0xFFFFFFFE}
_GROUPS_OF_A_MAC = {"wheel": 0, "admin": 80, "staff": 20, "nobody": 0xFFFFFFFE}
_THIRD = 2


def uid_of(name: str, root: Path, *, mac: bool) -> int | None:
    """Return the number of a user; None where there is none of that name."""
    if mac and name in _OF_A_MAC:
        return _OF_A_MAC[name]
    if root != Path("/"):
        return _listed(root / "etc/passwd", name)
    try:
        return pwd.getpwnam(name).pw_uid
    except KeyError:
        return None


def gid_of(name: str, root: Path, *, mac: bool) -> int | None:
    """Return the number of a group; None where there is none of that name."""
    if mac and name in _GROUPS_OF_A_MAC:
        return _GROUPS_OF_A_MAC[name]
    if root != Path("/"):
        return _listed(root / "etc/group", name)
    try:
        return grp.getgrnam(name).gr_gid
    except KeyError:
        return None


def _listed(file: Path, name: str) -> int | None:
    """Read a file in the form of passwd(5) or group(5): both have the number third."""
    try:
        lines = file.read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    for line in lines:
        fields = line.split(":")
        if fields[0] == name and len(fields) > _THIRD and fields[_THIRD].isdecimal():
            return int(fields[_THIRD])
    return None
