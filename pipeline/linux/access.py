"""Whether the service's account can read what another program writes, and how it comes to.

The kernel itself is asked, with the account's numbers, so that access control lists count as well.
"""

from __future__ import annotations

import grp
import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from pipeline.linux.account import Account
from pipeline.machine import Machine
from pipeline.machine.acting import acting
from pipeline.paths import LINUX_ACCOUNT

_SAMPLE = 20
"""Files of a directory that are looked at."""
_FIELDS = 4
_ROOT = 0


@dataclass(frozen=True, kw_only=True)
class Access:
    """How the account gets along with one directory that somebody else fills."""

    directory: str
    there: bool
    readable: bool
    """Whether it can be listed, and every file of the sample read."""
    group: int | None
    """The group that would let the account in, where nothing more than that is missing."""


def access(machine: Machine, account: Account, directory: str) -> Access:
    """Look at a directory as the account would; only root can."""
    place = machine.place(directory)
    if not place.is_dir():
        return Access(directory=directory, there=False, readable=False, group=None)
    readable = _can_read(place, account, groups_of(machine, account))
    group = None if readable else _helpful_group(machine, account, place)
    return Access(directory=directory, there=True, readable=readable, group=group)


def groups_of(machine: Machine, account: Account) -> list[int]:
    """Return the numbers of all groups that the account is in."""
    return [
        account.gid,
        *(number for number, members in _groups(machine) if LINUX_ACCOUNT in members),
    ]


def group_name(machine: Machine, number: int) -> str:
    """Return a group's name, or its number where it has none; systemd takes both."""
    if machine.real:
        try:
            return grp.getgrgid(number).gr_name
        except KeyError:
            return str(number)
    names = (fields[0] for fields in _lines(machine) if fields[2] == str(number))
    return next(names, str(number))


def can_read(machine: Machine, account: Account, file: str) -> bool:
    """Whether the account can read one file."""
    with acting(account.uid, account.gid, groups_of(machine, account)):
        return os.access(machine.place(file), os.R_OK, effective_ids=True)


def _helpful_group(machine: Machine, account: Account, place: Path) -> int | None:
    """Return the group of the directory or of its files that opens all of it, if one does.

    Never root's: in that group are rights over much else.
    """
    found = {place.stat().st_gid, *(status.st_gid for _, status in _sample(place))} - {_ROOT}
    groups = groups_of(machine, account)
    fits = (group for group in sorted(found) if _can_read(place, account, [*groups, group]))
    return next(fits, None)


def _can_read(place: Path, account: Account, groups: Sequence[int]) -> bool:
    files = [path for path, _ in _sample(place)]
    with acting(account.uid, account.gid, groups):
        if not os.access(place, os.R_OK | os.X_OK, effective_ids=True):
            return False
        return all(os.access(file, os.R_OK, effective_ids=True) for file in files)


def _sample(place: Path) -> list[tuple[Path, os.stat_result]]:
    """Return some regular files of a directory, as root sees them."""
    with os.scandir(place) as entries:
        found = [(Path(each), each.stat(follow_symlinks=False)) for each in islice(entries, 200)]
    return [each for each in found if stat.S_ISREG(each[1].st_mode)][:_SAMPLE]


def _groups(machine: Machine) -> Iterator[tuple[int, list[str]]]:
    for fields in _lines(machine):
        yield int(fields[2]), fields[3].split(",")


def _lines(machine: Machine) -> Iterator[list[str]]:
    """Yield the lines of group(5)."""
    try:
        text = machine.place("/etc/group").read_text("utf-8", "replace")
    except OSError:
        return
    for line in text.splitlines():
        fields = line.split(":")
        if len(fields) == _FIELDS and fields[2].isdecimal():
            yield fields
