"""`/bin/ls -ldeq PATH …`: lines as macOS's ls prints them; ACLs from `state["acls"]`.

with mac.changed() as state:
    state["acls"] = {"/Library/PanicPipe": ["user:ann allow add_file,search"]}
"""

from __future__ import annotations

import grp
import os
import pwd
import stat
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    if arguments[:1] != ["-ldeq"]:
        print("ls: unrecognized option", file=sys.stderr)
        return 1
    acls = {
        str(mac.machine.place(path)): entries for path, entries in mac.state.get("acls", {}).items()
    }
    status = 0
    for path in sorted(arguments[1:]):
        try:
            found = os.lstat(path)
        except OSError as error:
            print(f"ls: {path}: {error.strerror}", file=sys.stderr)
            status = 1
            continue
        entries = acls.get(path, [])
        print(_line(path, found, "+" if entries else " "))
        for number, entry in enumerate(entries):
            print(f" {number}: {entry}")
    return status


def _line(path: str, found: os.stat_result, mark: str) -> str:
    shown = "".join(c if c.isprintable() and c.isascii() else "?" for c in path)
    if stat.S_ISLNK(found.st_mode):
        shown += f" -> {os.readlink(path)}"
    return (
        f"{stat.filemode(found.st_mode)}{mark} {found.st_nlink} {_user(found.st_uid)}  "
        f"{_group(found.st_gid)}  {found.st_size} Jan  1 12:00 {shown}"
    )


def _user(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def _group(gid: int) -> str:
    if gid in (0, 80):
        return "admin" if gid else "wheel"
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)
