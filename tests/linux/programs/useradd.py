"""useradd of shadow 4.13; the account gets the number 999, as the first of a system's."""

from __future__ import annotations

import sys
from itertools import pairwise

from tests.linux.fake_linux import FakeLinux


def main(linux: FakeLinux, arguments: list[str]) -> int:
    passwd, group = linux.machine.place("/etc/passwd"), linux.machine.place("/etc/group")
    name, value = arguments[-1], dict(pairwise(arguments))
    if f"\n{name}:" in passwd.read_text():
        sys.stderr.write(f"useradd: user '{name}' already exists\n")
        return 9
    if "--user-group" in arguments:
        if f"\n{name}:" in group.read_text():
            sys.stderr.write(
                f"useradd: group {name} exists - if you want to add this user to that group, "
                "use -g.\n"
            )
            return 9
        group.write_text(f"{group.read_text()}{name}:x:995:\n")
    line = f"{name}:x:999:995:{value['--comment']}:{value['--home-dir']}:{value['--shell']}\n"
    passwd.write_text(passwd.read_text() + line)
    return 0
