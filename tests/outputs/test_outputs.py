"""Output directories: only ours, and files appear in them whole."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from pipeline.errors import RefusedDirectory, TryAgain
from pipeline.publishing.outputs import OutputDirectory, admin_group


@pytest.fixture
def directory(tmp_path: Path) -> OutputDirectory:
    return OutputDirectory.open(tmp_path / "a" / "zips")


def test_a_missing_directory_is_made_for_us_and_our_group(directory: OutputDirectory) -> None:
    assert stat.S_IMODE(directory.path.stat().st_mode) == 0o750


def test_the_umask_takes_nothing_away(tmp_path: Path) -> None:
    old = os.umask(0o777)
    try:
        tmp_path.joinpath("x").parent.chmod(0o755)
        made = OutputDirectory.open(tmp_path / "x")
        private = OutputDirectory.open(tmp_path / "y", private=True)
        file = made.create("1")
    finally:
        os.umask(old)
    assert stat.S_IMODE(made.path.stat().st_mode) == 0o750
    assert stat.S_IMODE(private.path.stat().st_mode) == 0o700
    assert stat.S_IMODE(os.fstat(file.fd).st_mode) == 0o640


def test_a_directory_that_others_can_write_to_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o777)
    with pytest.raises(RefusedDirectory, match="chmod go-w"):
        OutputDirectory.open(tmp_path)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_a_directory_of_somebody_else_is_refused(tmp_path: Path) -> None:
    """/Users/Shared is world-writable: anybody could have made ours before us."""
    os.chown(tmp_path, 501, 20)
    with pytest.raises(RefusedDirectory, match="uid 501"):
        OutputDirectory.open(tmp_path)


def test_a_symlink_is_refused(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir(mode=0o750)
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(RefusedDirectory, match="symbolic link"):
        OutputDirectory.open(tmp_path / "link")


def test_a_file_in_the_way_is_a_passing_fault(tmp_path: Path) -> None:
    """An administrator can mend it while the daemon waits."""
    (tmp_path / "file").touch()
    with pytest.raises(TryAgain):
        OutputDirectory.open(tmp_path / "file" / "zips")


def test_a_published_file_has_its_final_name_only(directory: OutputDirectory) -> None:
    file = directory.create("1")
    os.write(file.fd, b"whole")
    assert directory.publish(file.name, file.inode, "a.zip")
    assert os.listdir(directory.path) == ["a.zip"]
    assert (directory.path / "a.zip").read_bytes() == b"whole"


def test_another_file_is_never_replaced(directory: OutputDirectory) -> None:
    (directory.path / "a.zip").write_bytes(b"older")
    file = directory.create("1")
    assert not directory.publish(file.name, file.inode, "a.zip")
    assert (directory.path / "a.zip").read_bytes() == b"older"
    assert (directory.path / file.name).exists()


def test_a_dangling_symlink_counts_as_another_file(directory: OutputDirectory) -> None:
    (directory.path / "a.zip").symlink_to("nowhere")
    file = directory.create("1")
    assert not directory.publish(file.name, file.inode, "a.zip")


@pytest.mark.parametrize("linked", [False, True], ids=["before the link", "after the link"])
def test_publishing_goes_on_after_a_crash(directory: OutputDirectory, linked: bool) -> None:
    """A crash leaves the temporary name, or both names for one file."""
    file = directory.create("1")
    if linked:
        os.link(directory.path / file.name, directory.path / "a.zip")
    assert directory.publish(file.name, file.inode, "a.zip")
    assert directory.publish(file.name, file.inode, "a.zip")  # and once more, all done
    assert os.listdir(directory.path) == ["a.zip"]


def test_a_lost_temporary_is_said_to_be_lost(directory: OutputDirectory) -> None:
    file = directory.create("1")
    directory.discard(file.name)
    with pytest.raises(FileNotFoundError):
        directory.publish(file.name, file.inode, "a.zip")


def test_volumes_without_links_rename_instead(
    directory: OutputDirectory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FAT has no hard links; link(2) says EPERM there on Linux, ENOTSUP on macOS."""

    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.ENOTSUP, "no links here")

    monkeypatch.setattr(os, "link", no_links)
    first, second = directory.create("1"), directory.create("2")
    assert directory.publish(first.name, first.inode, "a.zip")
    assert not directory.publish(second.name, second.inode, "a.zip")
    assert directory.publish(second.name, second.inode, "b.zip")
    assert sorted(os.listdir(directory.path)) == ["a.zip", "b.zip"]


def test_the_sweep_spares_what_is_owned_or_foreign(directory: OutputDirectory) -> None:
    """Owned: locked by a process at work, or intended by the journal."""
    working, intended, left = (directory.create(name) for name in "123")
    intended.close()
    left.close()
    (directory.path / "notes.txt").touch()
    assert directory.sweep({intended.name}) == [left.name]
    assert sorted(os.listdir(directory.path)) == sorted([working.name, intended.name, "notes.txt"])


def test_a_replaced_directory_is_noticed(directory: OutputDirectory) -> None:
    assert directory.is_current()
    directory.path.rename(directory.path.with_name("moved"))
    assert not directory.is_current()
    directory.path.mkdir()
    assert not directory.is_current()


def test_only_root_on_a_mac_hands_outputs_to_admins() -> None:
    assert admin_group("linux", 0) is None
    assert admin_group("darwin", 501) is None
