"""An output directory whose volume is not mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.errors import TryAgain
from pipeline.journal import Journal
from pipeline.publishing.publisher import Publisher
from pipeline.publishing.volumes import volume_of


@pytest.fixture
def volume(tmp_path: Path) -> Iterator[Path]:
    """A small volume of its own, unmounted at the end."""
    place = tmp_path / "volume"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("cannot mount here")
    yield place
    subprocess.run(["umount", "-l", place], check=False, capture_output=True)


def test_nothing_is_made_below_the_mount_point_of_an_unmounted_volume(volume: Path) -> None:
    """It would lie hidden below the volume once that is mounted again."""
    publisher = Publisher(Journal.in_memory())
    publisher.discard(volume / "zips", [publisher.draft(volume / "zips", 1, "zip", ".zip")])
    subprocess.run(["umount", "-l", volume], check=True)
    with pytest.raises(TryAgain, match="not mounted"):
        publisher.draft(volume / "zips", 1, "zip", ".zip")
    assert os.listdir(volume) == []
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k,mode=755", "tmpfs", str(volume)]
    subprocess.run(mount, check=True)
    publisher.draft(volume / "zips", 1, "zip", ".zip")
    assert os.listdir(volume) == ["zips"]


def test_a_directory_that_was_removed_is_made_again(tmp_path: Path) -> None:
    publisher = Publisher(Journal.in_memory())
    place = tmp_path / "zips"
    draft = publisher.draft(place, 1, "zip", ".zip")
    publisher.discard(place, [draft])
    place.rmdir()
    publisher.draft(place, 1, "zip", ".zip")
    assert len(os.listdir(place)) == 1


def test_no_mount_point_is_made_for_a_volume_of_a_mac(tmp_path: Path) -> None:
    """There the mount point goes with its volume; in its place the volume gets another name."""
    volumes = tmp_path / "Volumes"
    volumes.mkdir()
    with pytest.raises(TryAgain, match="Backup is not mounted"):
        volume_of(volumes / "Backup" / "zips", volumes=volumes)
    (volumes / "Backup").mkdir()
    volume_of(volumes / "Backup" / "zips", volumes=volumes)
