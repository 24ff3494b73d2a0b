"""A Mac on which dumps can be received, with a second volume."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from pipeline.kdumpd import APPLE, OURS, PROGRAM
from pipeline.machine import Changes, Finding, Level
from pipeline.server.checks import findings
from pipeline.server.setup import set_up, undo
from tests.conftest import ROOT
from tests.macs.fake_mac import FakeMac

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="gives directories away, as only root can")
TEMPLATE = (ROOT / "launchd" / f"{OURS}.plist").read_bytes()
DUMPS = "/private/var/tmp/PanicDumps"
OTHER = "/Volumes/Dumps/PanicDumps"
OUR_PLIST = f"/Library/LaunchDaemons/{OURS}.plist"
APPLE_PLIST = f"/System/Library/LaunchDaemons/{APPLE}.plist"
RECORD = "/Library/Application Support/PanicPipe/server.json"
NOBODY = 0xFFFFFFFE
ANN = 501


def ready(mac: FakeMac, options: str = "apfs, local, nodev, nosuid, journaled") -> None:
    """Give it kdumpd itself, an address, and a volume with these options."""
    program = mac.machine.place(PROGRAM)
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    mac.machine.place("/Volumes/Dumps").mkdir(exist_ok=True)
    with mac.changed() as state:
        state["ipv4"] = {"en0": "10.0.40.2/24"}
        state["mounts"] = [f"/dev/disk4s1 on /Volumes/Dumps ({options})"]


def receives(mac: FakeMac, directory: str | None = None, *, dry_run: bool = False) -> list[str]:
    """Set it up; returns what was told."""
    told: list[str] = []
    wanted = None if directory is None else Path(directory)
    set_up(Changes(mac.machine, told.append, dry_run=dry_run), wanted, TEMPLATE)
    return told


def undone(mac: FakeMac, *, dry_run: bool = False) -> tuple[list[str], list[str]]:
    """Undo it; returns what was told, and what is left."""
    told: list[str] = []
    left = undo(Changes(mac.machine, told.append, dry_run=dry_run))
    return told, left


def make(mac: FakeMac, path: str, owner: int = 0, mode: int = 0o1777) -> Path:
    place = mac.machine.place(path)
    place.mkdir()
    os.chown(place, owner, 0)
    place.chmod(mode)
    return place


def mode_of(place: Path) -> int:
    return stat.S_IMODE(place.stat().st_mode)


def found(mac: FakeMac) -> dict[str, Finding]:
    """What the checks say, by name; of several with one name the worst."""
    worst: dict[str, Finding] = {}
    for each in findings(mac.machine):
        if each.check not in worst or each.level > worst[each.check].level:
            worst[each.check] = each
    return worst


def amiss(mac: FakeMac) -> dict[str, Level]:
    return {name: each.level for name, each in found(mac).items() if each.level is not Level.OK}
