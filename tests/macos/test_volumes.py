"""Which volume a path is on, and what it can do."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.macos.volumes import Volume, volume_for, volumes
from tests.macs.fake_mac import FakeMac

MOUNTS = [
    "/dev/disk4s1 on /Volumes/Dumps (apfs, local, nodev, nosuid, journaled)",
    "/dev/disk5s1 on /Volumes/Odd on (one) (exfat, local, nodev, nosuid, noowners, fskit)",
    "//ann@nas._smb._tcp.local/dumps on /Volumes/nas (smbfs, nodev, nosuid, mounted by ann)",
]


@pytest.fixture
def mounted(mac: FakeMac) -> tuple[Volume, ...]:
    with mac.changed() as state:
        state["mounts"] = MOUNTS
    found = volumes(mac.machine)
    assert found is not None
    return found


def test_the_longest_name_counts(mounted: tuple[Volume, ...]) -> None:
    dumps = volume_for(Path("/Volumes/Dumps/PanicDumps"), mounted)
    assert dumps is not None
    assert (dumps.kind, dumps.local, dumps.ignores_owners) == ("apfs", True, False)
    system = volume_for(Path("/private/var/tmp/PanicDumps"), mounted)
    assert system is not None
    assert system.mounted_on == Path("/")
    assert system.read_only


def test_any_name_is_read_and_what_the_volume_lacks_shows(mounted: tuple[Volume, ...]) -> None:
    odd = volume_for(Path("/Volumes/Odd on (one)/x"), mounted)
    nas = volume_for(Path("/Volumes/nas"), mounted)
    assert odd is not None
    assert nas is not None
    assert (odd.ignores_owners, odd.local, nas.local) == (True, True, False)


def test_below_volumes_a_volume_must_be_mounted(mounted: tuple[Volume, ...]) -> None:
    assert volume_for(Path("/Volumes/Dumps2/PanicDumps"), mounted) is None


def test_a_failure_is_unknown(mac: FakeMac) -> None:
    mac.answer("mount", out="nonsense\n")
    assert volumes(mac.machine) is None
    mac.answer("mount", out="a on / (apfs)\n", status=1)
    assert volumes(mac.machine) is None
    mac.lose("mount")
    assert volumes(mac.machine) is None
