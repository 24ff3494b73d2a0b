"""chown -R, for the names that the scratch root knows."""

from __future__ import annotations

import os
from pathlib import Path

from tests.linux.fake_linux import FakeLinux


def main(linux: FakeLinux, arguments: list[str]) -> int:
    user, group = arguments[-2].split(":")
    uid, gid = linux.machine.uid(user), linux.machine.gid(group)
    assert uid is not None
    assert gid is not None
    top = Path(arguments[-1])
    for place in (top, *top.rglob("*")):
        os.chown(place, uid, gid, follow_symlinks=False)
    return 0
