"""What the disk promises: synced bytes, holes, names that replace nothing, inherited groups."""

from __future__ import annotations

import fcntl
import os
import sys
import time
from dataclasses import replace

from mac_check.result import Result, Scene, judged, not_here, ok, seen
from pipeline.corefile.pieces import Hole, pieces
from pipeline.durability import full_sync
from pipeline.errors import RefusedDirectory
from pipeline.publishing.outputs import OutputDirectory

_F_BARRIERFSYNC = 85  # sys/fcntl.h of macOS; Python has no name for it
_HDIUTIL = "/usr/bin/hdiutil"
_MIB = 1 << 20


def full_sync_works(scene: Scene) -> Result:
    """F_FULLFSYNC itself, and our function around it."""
    with (scene.directory / "file").open("wb") as file:
        file.write(bytes(_MIB))
        file.flush()
        began = time.monotonic()
        full_sync(file.fileno())
        took = (time.monotonic() - began) * 1000
        command = getattr(fcntl, "F_FULLFSYNC", None)
        if command is None:
            return judged(sys.platform != "darwin", f"fsync only, {took:.1f} ms for 1 MiB")
        fcntl.fcntl(file.fileno(), command)
    return ok(f"F_FULLFSYNC, {took:.1f} ms for 1 MiB")


def barrier_works(scene: Scene) -> Result:
    with (scene.directory / "file").open("wb") as file:
        file.write(bytes(_MIB))
        file.flush()
        try:
            fcntl.fcntl(file.fileno(), _F_BARRIERFSYNC)
        except OSError as error:
            return seen(f"no F_BARRIERFSYNC: {error.strerror}")
    return ok("F_BARRIERFSYNC is taken")


def directory_can_be_synced(scene: Scene) -> Result:
    """After a rename; F_FULLFSYNC is not asked of directories."""
    fd = os.open(scene.directory, os.O_RDONLY)
    try:
        full_sync(fd, None)
    finally:
        os.close(fd)
    return ok("fsync of a directory")


def holes_are_told(scene: Scene) -> Result:
    """SEEK_HOLE and SEEK_DATA, as the inspector uses them on what kdumpd left out."""
    size = 64 * _MIB
    with (scene.directory / "holed").open("w+b") as file:
        file.write(b"x" * _MIB)
        file.seek(size - _MIB)
        file.write(b"y" * _MIB)
        file.flush()
        found = list(pieces(file.fileno(), 0, size))
        stored = os.fstat(file.fileno()).st_blocks * 512
    hole = sum(piece.length for piece in found if isinstance(piece, Hole))
    data = sum(len(piece) for piece in found if not isinstance(piece, Hole))
    what = f"{hole / _MIB:.1f} MiB of holes, {data / _MIB:.1f} MiB of data, {stored >> 20} stored"
    return judged(hole + data == size and data >= 2 * _MIB, what)


def fresh_data_is_no_hole(scene: Scene) -> Result:
    """APFS has called data a hole that was not flushed yet: ours must read it all the same."""
    with (scene.directory / "fresh").open("w+b", buffering=0) as file:
        file.truncate(32 * _MIB)
        file.seek(8 * _MIB)
        file.write(b"z" * _MIB)
        first = os.lseek(file.fileno(), 8 * _MIB, os.SEEK_HOLE)
        read = b"".join(
            bytes(piece.length) if isinstance(piece, Hole) else piece
            for piece in pieces(file.fileno(), 8 * _MIB, 9 * _MIB)
        )
    told = "a hole" if first == 8 * _MIB else "no hole"
    return judged(read == b"z" * _MIB, f"the system calls fresh data {told}; we read the data")


def publishing_replaces_nothing(scene: Scene) -> Result:
    """Two files want one name: the second is told so, and both stay whole."""
    directory = OutputDirectory.open(scene.directory / "out")
    try:
        files = [directory.create(owner) for owner in ("1", "2")]
        for number, file in enumerate(files):
            os.write(file.fd, b"%d" % number)
        took = [directory.publish(file.name, file.inode, "core.zip") for file in files]
        for file in files:
            file.close()
    finally:
        directory.close()
    kept = (scene.directory / "out" / "core.zip").read_bytes()
    return judged(took == [True, False] and kept == b"0", f"taken {took}, the first one's bytes")


def publishing_on_fat(scene: Scene) -> Result:
    """Memory sticks know neither hard links nor owners; tried on a disk image."""
    image, mount = scene.directory / "fat.dmg", scene.directory / "fat"
    mount.mkdir()
    create = ("create", "-quiet", "-size", "16m", "-fs", "MS-DOS", "-volname", "MACCHECK")
    scene.machine.run(_HDIUTIL, *create, str(image))
    attached = scene.machine.run(
        _HDIUTIL, "attach", "-quiet", "-nobrowse", "-mountpoint", str(mount), str(image)
    )
    if attached.status != 0:
        return not_here(f"no disk image can be attached: {attached.said}")
    try:
        return publishing_replaces_nothing(replace(scene, directory=mount))
    except RefusedDirectory as error:
        return seen(f"refused: {error}")
    finally:
        scene.machine.run(_HDIUTIL, "detach", "-quiet", "-force", str(mount))


def files_inherit_the_group(scene: Scene) -> Result:
    """On a Mac a new file has its directory's group, whatever the bits of the directory say."""
    groups = [group for group in os.getgroups() if group != os.getegid()]
    if not groups:
        return not_here("this user is in one group only")
    os.chown(scene.directory, -1, groups[0])
    (scene.directory / "file").touch()
    got = (scene.directory / "file").stat().st_gid
    what = f"group {got} in a directory of group {groups[0]}"
    return judged(got == groups[0], what) if sys.platform == "darwin" else seen(what)
