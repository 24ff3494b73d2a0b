"""The account whose rights the children have when root runs the daemon."""

from __future__ import annotations

import os
import pwd
from dataclasses import dataclass

from pipeline.machine import Machine
from pipeline.paths import LINUX_ACCOUNT

_NOBODY = frozenset({"nobody"})
_NOBODYS = frozenset({65534, 0xFFFFFFFE})
"""nobody's number on Linux and on a Mac: kdumpd's files are its own."""
_PRIVILEGED_GROUPS = {"darwin": frozenset({0, 80}), "linux": frozenset({0})}
"""wheel and, on a Mac, admin, which may read what was made of dumps."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A user and its group, as numbers that were looked up while that was possible."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class _Unfit:
    why: str


def default_name(platform: str) -> str:
    """Return what the account is called where the configuration does not say."""
    return "_panicpipe" if platform == "darwin" else LINUX_ACCOUNT


def worker_account(
    name: str, *, machine: Machine | None = None, euid: int | None = None
) -> Account | None:
    """Return the account that children of a daemon of `euid` take; None where they keep its user.

    That is so where the daemon is not root's, and where there is no such account or it is unfit:
    `account_fault` says which.
    """
    if (os.geteuid() if euid is None else euid) != 0:
        return None
    found = _looked_up(name, machine or Machine())
    return found if isinstance(found, Account) else None


def account_fault(
    name: str, *, machine: Machine | None = None, euid: int | None = None
) -> str | None:
    """Say in one line why a daemon that root runs has no account for its children; None if it has.

    None as well where the daemon is not root's: it has no rights that could be given up.
    """
    if (os.geteuid() if euid is None else euid) != 0:
        return None
    found = _looked_up(name, machine or Machine())
    return found.why if isinstance(found, _Unfit) else None


def _looked_up(name: str, machine: Machine) -> Account | _Unfit:
    uid = machine.uid(name)
    if uid is None:
        return _Unfit(f"there is no account {name}")
    if name in _NOBODY or uid in _NOBODYS:
        return _Unfit(f"{name} is nobody, who owns the dumps that kdumpd writes")
    if uid == 0:
        return _Unfit(f"{name} has root's number")
    gid = _group(name, machine)
    if gid is None:
        return _Unfit(f"the account {name} has no group of its own")
    return Account(name=name, uid=uid, gid=gid)


def _group(name: str, machine: Machine) -> int | None:
    """Return the group of that name, or else the account's own; None where that has rights."""
    gid = machine.gid(name)
    if gid is None and machine.real:
        gid = pwd.getpwnam(name).pw_gid
    privileged = _PRIVILEGED_GROUPS.get(machine.platform, frozenset({0}))
    return None if gid is None or gid in privileged else gid
