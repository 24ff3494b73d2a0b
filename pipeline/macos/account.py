"""The role account that reads dumps: `_panicpipe`, which can log in nowhere and owns nothing.

Not `nobody`: that one owns the dumps and runs kdumpd.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import MachineError
from pipeline.machine import Changes, Machine

NAME = "_panicpipe"
SYSADMINCTL = "/usr/sbin/sysadminctl"
DSCL = "/usr/bin/dscl"
DSEDITGROUP = "/usr/sbin/dseditgroup"
_NUMBERS = range(450, 500)
_FULL_NAME = "panicpipe workers"
_HOME = "/var/empty"
_SHELL = "/usr/bin/false"
_NO_SHELLS = frozenset({_SHELL, "/sbin/nologin", "/usr/sbin/nologin", "/bin/false"})
_ADMIN = 80
_NO_MEMBER = 67
"""What `dseditgroup -o checkmember` ends with for who is not in the group."""
_WHEEL = 0


@dataclass(frozen=True, kw_only=True)
class Account:
    """What the directory service has of it."""

    uid: int
    gid: int
    shell: str
    admin: bool | None = None
    """Whether it is in the group admin, by whatever way; None where nobody answers."""


def account(machine: Machine) -> Account | None:
    """Return the worker's account; None where there is none, or nobody answers."""
    answer = machine.ask(DSCL, ".", "-read", f"/Users/{NAME}")
    if answer is None or answer.status:
        return None
    fields = _fields(answer.out)
    uid, gid = _number(fields.get("UniqueID")), _number(fields.get("PrimaryGroupID"))
    if uid is None or gid is None:
        return None
    shell = fields.get("UserShell", "")
    return Account(uid=uid, gid=gid, shell=shell, admin=_is_admin(machine))


def faults(found: Account) -> Iterator[str]:
    """Say why an account that is there already cannot be the worker's."""
    if found.uid == 0:
        yield f"{NAME} is another name of root"
    if found.gid in (_WHEEL, _ADMIN):
        yield f"{NAME} has group {found.gid}, whose members may change the system"
    elif found.admin:
        yield f"{NAME} is in the group admin, whose members may change the system"
    if found.shell not in _NO_SHELLS:
        yield f"{NAME} has the shell {found.shell or '(none named)'}, and can log in"


def make(changes: Changes) -> None:
    """Have the account, with a group of its own of the same number."""
    machine = changes.machine
    if account(machine) is not None:
        return
    number = _free(machine)
    if _group(machine) is None:
        changes.run(
            DSEDITGROUP, "-o", "create", "-i", str(number), "-r", _FULL_NAME, NAME, patience=120.0
        )
    gid = _group(machine)
    if gid is None and not changes.dry_run:
        raise MachineError(f"{DSEDITGROUP} has made no group {NAME}; run it by hand to see why")
    gid = number if gid is None else gid
    changes.run(
        SYSADMINCTL,
        "-addUser",
        NAME,
        "-fullName",
        _FULL_NAME,
        "-UID",
        str(number),
        "-GID",
        str(gid),
        "-home",
        _HOME,
        "-shell",
        _SHELL,
        "-roleAccount",
        patience=120.0,
    )
    # sysadminctl ends with 0 also where it has refused.
    if not changes.dry_run and account(machine) is None:
        raise MachineError(f"{SYSADMINCTL} has made no account {NAME}; run it by hand to see why")


def remove(changes: Changes) -> None:
    """Take the account and its group away, where they are there."""
    if account(changes.machine) is not None:
        changes.run(SYSADMINCTL, "-deleteUser", NAME, patience=120.0)
        if not changes.dry_run and account(changes.machine) is not None:
            raise MachineError(f"{SYSADMINCTL} has kept {NAME}; run it by hand to see why")
    if _group(changes.machine) is not None:
        changes.run(DSEDITGROUP, "-o", "delete", NAME, patience=120.0)


def _is_admin(machine: Machine) -> bool | None:
    """Ask by dseditgroup, which sees through groups in groups: 0 is yes, 67 is no."""
    answer = machine.ask(DSEDITGROUP, "-o", "checkmember", "-m", NAME, "admin")
    if answer is None or answer.status not in (0, _NO_MEMBER):
        return None
    return answer.status == 0


def _free(machine: Machine) -> int:
    """Return the first number that neither a user nor a group has."""
    taken = _listed(machine, "/Users", "UniqueID") | _listed(
        machine, "/Groups", "PrimaryGroupID", but=NAME
    )
    for number in _NUMBERS:
        if number not in taken:
            return number
    raise MachineError(f"no number from {_NUMBERS[0]} to {_NUMBERS[-1]} is free for {NAME}")


def _listed(machine: Machine, path: str, key: str, but: str | None = None) -> set[int]:
    answer = machine.run(DSCL, ".", "-list", path, key)
    if answer.status:
        raise MachineError(f"{DSCL} . -list {path} {key} ended with {answer.status}: {answer.said}")
    numbers = set()
    for line in answer.out.splitlines():
        name, _, number = line.rpartition(" ")
        value = _number(number)
        if value is not None and name.strip() != but:
            numbers.add(value)
    return numbers


def _group(machine: Machine) -> int | None:
    answer = machine.ask(DSCL, ".", "-read", f"/Groups/{NAME}", "PrimaryGroupID")
    if answer is None or answer.status:
        return None
    return _number(_fields(answer.out).get("PrimaryGroupID"))


def _fields(listing: str) -> dict[str, str]:
    """Read `Key: value` lines; a value that stands on the next line begins with a blank."""
    fields: dict[str, str] = {}
    last = ""
    for line in listing.splitlines():
        if line.startswith(" ") and last:
            fields[last] = fields[last] or line.strip()
            continue
        last, _, value = line.partition(":")
        fields[last] = value.strip()
    return fields


def _number(text: str | None) -> int | None:
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 11 else None
