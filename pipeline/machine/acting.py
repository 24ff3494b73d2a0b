"""Root acting as the owner of a directory for as long as it works in it.

What root made in another's directory, that one could not write to; and what that one planted there,
root would follow.
"""

from __future__ import annotations

import contextlib
import os
import pwd
from collections.abc import Iterator, Sequence
from pathlib import Path


@contextlib.contextmanager
def acting_as_owner(directory: Path) -> Iterator[None]:
    """Have the effective rights of the directory's owner, and root's again afterwards.

    For the whole process, so not beside other threads. Who is not root stays who it is, and so
    does root where the directory is its own or not there.
    """
    owner = _other_owner(directory)
    if owner is None:
        yield
        return
    with acting(*owner):
        yield


@contextlib.contextmanager
def acting(uid: int, gid: int, groups: Sequence[int]) -> Iterator[None]:
    """Have these effective rights in place of root's, and root's again afterwards."""
    group, more = os.getegid(), os.getgroups()
    os.setgroups(list(groups))
    os.setegid(gid)
    os.seteuid(uid)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(group)
        os.setgroups(more)


def become_owner(directory: Path) -> bool:
    """Have the directory's owner's rights, home and name for good; returns whether that is another.

    For a process of its own. Who is not root stays who it is.
    """
    owner = _other_owner(directory)
    if owner is None:
        return False
    uid, gid, groups = owner
    os.setgroups(groups)
    os.setgid(gid)
    os.setuid(uid)
    with contextlib.suppress(KeyError):
        account = pwd.getpwuid(uid)
        os.environ.update(HOME=account.pw_dir, USER=account.pw_name, LOGNAME=account.pw_name)
    return True


def _other_owner(directory: Path) -> tuple[int, int, list[int]] | None:
    """Return user, group and all groups of the owner, if root is to act as one."""
    if os.geteuid() != 0:
        return None
    try:
        found = os.stat(directory)
    except OSError:
        return None
    if found.st_uid == 0:
        return None
    try:
        account = pwd.getpwuid(found.st_uid)
    except KeyError:
        return found.st_uid, found.st_gid, []
    return account.pw_uid, account.pw_gid, os.getgrouplist(account.pw_name, account.pw_gid)
