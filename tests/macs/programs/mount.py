"""`/sbin/mount` without arguments: the volumes; `state["mounts"]` adds lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac

_USUAL = [
    "/dev/disk3s1s1 on / (apfs, sealed, local, read-only, journaled)",
    "devfs on /dev (devfs, local, nobrowse)",
    "/dev/disk3s5 on /System/Volumes/Data (apfs, local, journaled, nobrowse, protect, root data)",
    "map auto_home on /System/Volumes/Data/home (autofs, automounted, nobrowse)",
]


def main(mac: FakeMac, arguments: list[str]) -> int:
    assert not arguments
    print("\n".join([*_USUAL, *mac.state.get("mounts", [])]))
    return 0
