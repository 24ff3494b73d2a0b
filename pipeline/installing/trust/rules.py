"""What a file's owner, mode and Linux ACL say about who can change it."""

from __future__ import annotations

import errno
import functools
import grp
import os
import pwd
import stat
import struct
from collections.abc import Collection
from dataclasses import dataclass

_ROOT = 0
_ACL = "system.posix_acl_access"
_ACL_HEADER = 4
_ACL_USER, _ACL_GROUP, _ACL_MASK, _ACL_WRITE = 0x02, 0x08, 0x10, 0x02
"""acl(5) as xattr: a version (u32), then tag (u16), permissions (u16), id (u32) for each entry."""


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Why one path is not only root's to change."""

    path: str
    what: str
    """A predicate: "belongs to ann (uid 501)"."""


def fault(path: str, found: os.stat_result, owners: Collection[int]) -> str | None:
    """Return who else can change what is at this path; None where only root can.

    Write permission for a group counts unless the group is root's own (wheel on a Mac); for
    everybody it counts with the sticky bit as well, since others can add what Python then loads.
    """
    if found.st_uid not in owners:
        return f"belongs to {user(found.st_uid)}"
    if stat.S_ISLNK(found.st_mode):
        return None  # a link's mode means nothing, and nobody can write into a link
    if found.st_mode & stat.S_IWOTH:
        return "can be written by everybody"
    if not found.st_mode & stat.S_IWGRP:
        return None
    if found.st_gid != _ROOT:
        return f"can be written by {group(found.st_gid)}"
    return _listed(path)


def _listed(path: str) -> str | None:
    """Return whom an ACL of Linux lets write; its mask shows as the group's permissions."""
    if not hasattr(os, "getxattr"):
        return None
    try:
        data = os.getxattr(path, _ACL, follow_symlinks=False)
    except OSError as error:
        absent = error.errno in (errno.ENODATA, errno.ENOTSUP)
        return None if absent else f"has an ACL that cannot be read: {error.strerror}"
    return whom_an_acl_lets_write(data)


def whom_an_acl_lets_write(data: bytes) -> str | None:
    """Read an ACL in the form of Linux's extended attribute; None where only root may write."""
    if len(data) < _ACL_HEADER or (len(data) - _ACL_HEADER) % 8:
        return "has an ACL that cannot be read"
    entries = list(struct.iter_unpack("<HHI", data[_ACL_HEADER:]))
    mask = next((bits for tag, bits, _ in entries if tag == _ACL_MASK), _ACL_WRITE)
    for tag, bits, number in entries:
        if number == _ROOT or not bits & mask & _ACL_WRITE:
            continue
        if tag == _ACL_USER:
            return f"can be written by {user(number)}, by its ACL"
        if tag == _ACL_GROUP:
            return f"can be written by {group(number)}, by its ACL"
    return None


@functools.cache
def user(uid: int) -> str:
    """Name a user for people."""
    try:
        return f"{pwd.getpwuid(uid).pw_name} (uid {uid})"
    except KeyError:
        return f"uid {uid}"


@functools.cache
def group(gid: int) -> str:
    """Name a group for people."""
    try:
        return f"group {grp.getgrgid(gid).gr_name}"
    except KeyError:
        return f"group {gid}"
