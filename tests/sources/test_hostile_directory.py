"""A directory full of what a stranger could plant: nothing is followed and nothing hangs."""

from __future__ import annotations

import os
import socket
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline import Scan, Sighting, UnreadableFile
from pipeline.sources.dump_file import open_dump
from pipeline.sources.listing import list_files
from tests.sources.processes import as_nobody, let_everybody_in

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")

HOSTILE_NAMES = [
    b"new\nline",
    b"\x1b]0;escape\x07",
    b"\x1b[2Jclear",
    b"not utf-8 \xff\xfe",
    b"x" * 255,
    b"-rf",
    b"--help",
    b" ",
    b"...",
    b"~",
    b"$(reboot)",
    b".DS_Store",
    "‮gnp.exe".encode(),
]


@pytest.fixture
def directory(dumps: Path) -> Iterator[int]:
    fd = os.open(dumps, os.O_RDONLY | os.O_DIRECTORY)
    yield fd
    os.close(fd)


def names(scan: Scan) -> set[bytes]:
    return {file.raw_name for file in scan.files}


def sighting(directory: int, name: bytes) -> Sighting:
    return next(file for file in list_files(directory).files if file.raw_name == name)


def opened(directory: int, seen: Sighting) -> int:
    return open_dump(seen.raw_name, directory=directory, inode=seen.identity.inode)


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_file_of_any_name_is_listed_and_opened(dumps: Path, directory: int, name: bytes) -> None:
    fd = os.open(name, os.O_CREAT | os.O_WRONLY, 0o660, dir_fd=directory)
    os.write(fd, name)
    os.close(fd)
    fd = opened(directory, sighting(directory, name))
    assert os.pread(fd, 300, 0) == name
    os.close(fd)


def test_the_text_about_a_hostile_name_is_safe_to_show(dumps: Path, directory: int) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        open_dump(b"\x1b[2J\nof\xff", directory=directory, inode=1)
    assert str(refusal.value) == "\\x1b[2J\\x0aof\\xff: is gone"


def test_what_is_no_regular_file_is_passed_over_with_its_reason(
    dumps: Path, directory: int
) -> None:
    (dumps / "dump").write_bytes(b"x")
    os.mkfifo(dumps / "fifo")
    (dumps / "folder").mkdir()
    (dumps / "good").symlink_to("dump")
    (dumps / "dangling").symlink_to("nowhere")
    (dumps / "loop").symlink_to("loop")
    (dumps / "secrets").symlink_to("/etc/shadow")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dumps / "socket"))
    scan = list_files(directory)
    assert names(scan) == {b"dump"}
    assert scan.passed_over == {
        b"fifo": "is a FIFO",
        b"folder": "is a directory",
        b"good": "is a symbolic link",
        b"dangling": "is a symbolic link",
        b"loop": "is a symbolic link",
        b"secrets": "is a symbolic link",
        b"socket": "is a socket",
    }


@as_root
def test_a_device_is_passed_over(dumps: Path, directory: int) -> None:
    try:
        os.mknod(dumps / "tape", stat.S_IFCHR | 0o666, os.makedev(1, 5))
    except PermissionError:
        pytest.skip("this machine makes no devices")
    scan = list_files(directory)
    assert scan.passed_over == {b"tape": "is a device"}
    with pytest.raises(UnreadableFile, match=r"is a device|permission denied"):
        open_dump(b"tape", directory=directory, inode=os.lstat(dumps / "tape").st_ino)


def test_a_file_with_two_names_is_passed_over_and_taken_once_it_has_one(
    dumps: Path, directory: int, tmp_path: Path
) -> None:
    outside = tmp_path / "somebody's file"
    outside.write_bytes(b"x")
    os.link(outside, dumps / "hard")
    scan = list_files(directory)
    assert scan.passed_over == {b"hard": "has 2 names (hard links)"}
    outside.unlink()
    assert names(list_files(directory)) == {b"hard"}


@pytest.mark.parametrize("bait", ["good", "dangling", "loop", "secrets"])
def test_a_symbolic_link_is_never_opened(dumps: Path, directory: int, bait: str) -> None:
    targets = {"good": "dump", "dangling": "nowhere", "loop": "loop", "secrets": "/etc/shadow"}
    (dumps / "dump").write_bytes(b"x")
    (dumps / bait).symlink_to(targets[bait])
    with pytest.raises(UnreadableFile, match="is a symbolic link"):
        open_dump(os.fsencode(bait), directory=directory, inode=os.lstat(dumps / "dump").st_ino)


def test_a_fifo_that_takes_a_dumps_place_does_not_hang_the_opening(
    dumps: Path, directory: int
) -> None:
    (dumps / "core").write_bytes(b"x")
    seen = sighting(directory, b"core")
    (dumps / "core").unlink()
    os.mkfifo(dumps / "core")
    with pytest.raises(UnreadableFile, match="core: is a FIFO"):
        opened(directory, seen)


def test_a_link_a_folder_a_socket_and_another_file_are_noticed_at_opening(
    dumps: Path, directory: int, tmp_path: Path
) -> None:
    (dumps / "core").write_bytes(b"x")
    seen = sighting(directory, b"core")
    (dumps / "core").rename(tmp_path / "kept")  # so that its inode is not used again
    (dumps / "core").write_bytes(b"y")
    with pytest.raises(UnreadableFile, match="is another file by now"):
        opened(directory, seen)
    os.link(dumps / "core", tmp_path / "second name")
    with pytest.raises(UnreadableFile, match="has 2 names"):
        opened(directory, seen)
    (dumps / "core").unlink()
    (dumps / "core").mkdir()
    with pytest.raises(UnreadableFile, match="is a directory"):
        opened(directory, seen)
    (dumps / "core").rmdir()
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(dumps / "core"))
    with pytest.raises(UnreadableFile, match="is a socket"):
        opened(directory, seen)


def test_a_refused_file_leaves_no_descriptor_open(dumps: Path, directory: int) -> None:
    (dumps / "core").write_bytes(b"x")
    before = os.open(dumps, os.O_RDONLY)
    os.close(before)
    for _ in range(3):
        with pytest.raises(UnreadableFile):
            open_dump(b"core", directory=directory, inode=1)
    after = os.open(dumps, os.O_RDONLY)
    os.close(after)
    assert after == before


def test_a_dump_is_opened_for_reading_only_and_not_inherited(dumps: Path, directory: int) -> None:
    (dumps / "core").write_bytes(b"x")
    fd = opened(directory, sighting(directory, b"core"))
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.write(fd, b"y")
    assert not os.get_inheritable(fd)
    os.close(fd)


@as_root
def test_a_file_without_read_permission_says_which_rights_are_needed(dumps: Path) -> None:
    (dumps / "core").write_bytes(b"x")
    (dumps / "core").chmod(0o660)
    dumps.chmod(0o1777)
    let_everybody_in(dumps)
    said = as_nobody(
        "import os, sys\n"
        "from pipeline import UnreadableFile\n"
        "from pipeline.sources.dump_file import open_dump\n"
        "from pipeline.sources.listing import list_files\n"
        "directory = os.open(sys.argv[1], os.O_RDONLY)\n"
        "scan = list_files(directory)\n"
        "print(scan.files, dict(scan.passed_over))\n"
        "try:\n"
        "    open_dump(b'core', directory=directory, inode=1)\n"
        "except UnreadableFile as error:\n"
        "    print(error)\n",
        str(dumps),
    )
    reason = "permission denied; run as root or as a member of the directory's group"
    assert said.splitlines() == [f"[] {{b'core': \"{reason}\"}}", f"core: {reason}"]
