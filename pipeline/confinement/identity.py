"""Giving up root's groups and user for good."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from pipeline.confinement.account import Account

_OF_ADMINISTRATORS = frozenset({0, 80})
"""macOS's wheel and admin."""


class RightsKept(Exception):
    """The rights of another user are still there; nothing may be done with them."""


def become(account: Account) -> None:
    """Take the account's group and user, all three of each; RightsKept where that is not so.

    Supplementary groups first, the user last: each step needs the rights that the next one ends.
    """
    try:
        os.setgroups([])
        if sys.platform == "linux":
            os.setresgid(account.gid, account.gid, account.gid)
            os.setresuid(account.uid, account.uid, account.uid)
        else:  # of root's these set the saved numbers as well
            os.setgid(account.gid)
            os.setuid(account.uid)
    except OSError as error:
        raise RightsKept(f"cannot become {account.name}: {error.strerror}") from error
    _verify(account)


def _verify(account: Account) -> None:
    users, groups = {os.getuid(), os.geteuid()}, {os.getgid(), os.getegid()}
    if users != {account.uid} or groups != {account.gid} or _has_other_groups():
        raise RightsKept(f"did not become {account.name} in all")
    ways: tuple[Callable[[int], None], ...] = (os.setuid, os.seteuid, os.setgid, os.setegid)
    for regain in ways:
        with contextlib.suppress(OSError):
            regain(0)
            raise RightsKept(f"{account.name} could become root again")


def _has_other_groups() -> bool:
    found = set(os.getgroups())
    # On macOS Python asks the directory for the account's groups, whatever the process has.
    return bool(found & _OF_ADMINISTRATORS if sys.platform == "darwin" else found)
