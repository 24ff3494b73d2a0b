"""The system account that the service runs as on Linux: no password, no shell, no rights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.machine import Changes, Machine
from pipeline.paths import LINUX_ACCOUNT

NAME = LINUX_ACCOUNT
HOME = "/var/lib/panicpipe"
_USERADD = "/usr/sbin/useradd"
_USERDEL = "/usr/sbin/userdel"
_GROUPDEL = "/usr/sbin/groupdel"
_SHELLS = ("/usr/sbin/nologin", "/sbin/nologin", "/bin/false", "/usr/bin/false")
_FIELDS = 7
_NO_SUCH_GROUP = 6


@dataclass(frozen=True, kw_only=True)
class Account:
    """One line of passwd(5)."""

    uid: int
    gid: int
    home: str
    shell: str


def account(machine: Machine) -> Account | None:
    """Return the account; None where there is none of that name."""
    try:
        lines = machine.place("/etc/passwd").read_text("utf-8", "replace").splitlines()
    except OSError:
        return None
    for line in lines:
        fields = line.split(":")
        if fields[0] == NAME and len(fields) == _FIELDS and fields[2].isdecimal():
            gid = int(fields[3]) if fields[3].isdecimal() else -1
            return Account(uid=int(fields[2]), gid=gid, home=fields[5], shell=fields[6])
    return None


def faults(found: Account) -> Iterator[str]:
    """Say what keeps an account of that name, whoever made it, from being the service's."""
    if found.uid == 0:
        yield f"the account {NAME} is root by another name"
    if found.shell not in _SHELLS:
        yield f"the account {NAME} has the shell {found.shell or '/bin/sh'}: somebody's own?"


def make(changes: Changes) -> None:
    """Have the account, with a group of its own, as every service's."""
    machine = changes.machine
    if machine.uid(NAME) is not None:
        return
    group = ("--user-group",) if machine.gid(NAME) is None else ("--gid", NAME)
    shell = next((each for each in _SHELLS if machine.has(each)), _SHELLS[0])
    fixed = ("--system", *group, "--home-dir", HOME, "--no-create-home", "--shell", shell)
    changes.run(_USERADD, *fixed, "--comment", "panicpipe service", NAME)


def remove(changes: Changes) -> None:
    """Remove the account and its group, if they are there."""
    if changes.machine.uid(NAME) is not None:
        changes.run(_USERDEL, NAME)
    if not changes.dry_run and changes.machine.gid(NAME) is not None:
        changes.run(_GROUPDEL, NAME, accept=(0, _NO_SUCH_GROUP))
