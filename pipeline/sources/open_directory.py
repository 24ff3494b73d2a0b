"""Opens the watched directory, and tells it from another one that took its place."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from pipeline import UnreadableFile
from pipeline.display import printable

_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


@dataclass(frozen=True, kw_only=True)
class OpenDirectory:
    """The directory that a path leads to at this instant."""

    fd: int
    device: int
    inode: int
    owner: int
    is_mount_point: bool

    @property
    def key(self) -> tuple[int, int]:
        """What it is recognised by while this machine runs."""
        return (self.device, self.inode)


@contextmanager
def open_directory(path: str) -> Iterator[OpenDirectory]:
    """Open it for one look, or raise UnreadableFile with what is wrong and what to do.

    Not for longer, because an open directory keeps its volume from being ejected.
    """
    try:
        fd = _open(path)
    except OSError as error:
        raise UnreadableFile(f"{printable(path)} {_reason(error)}") from None
    try:
        yield _described(fd)
    except OSError as error:
        raise UnreadableFile(f"{printable(path)} {_reason(error)}") from None
    finally:
        os.close(fd)


def free_bytes(fd: int) -> int:
    """Return what the volume has left for an ordinary user such as kdumpd's."""
    volume = os.fstatvfs(fd)
    return volume.f_bavail * volume.f_frsize


def is_trusted(owner: int) -> bool:
    """Whoever owns a directory can delete what lies in it, sticky bit or not."""
    return owner in {0, os.geteuid()}


def _open(path: str) -> int:
    status = os.lstat(path)
    if not stat.S_ISLNK(status.st_mode):
        return os.open(path, _FLAGS | os.O_NOFOLLOW)
    if not is_trusted(status.st_uid):
        raise UnreadableFile(
            f"{printable(path)} is a symbolic link that user {status.st_uid} made, and is not "
            "followed; remove it or make it again as root"
        )
    return os.open(path, _FLAGS)


def _described(fd: int) -> OpenDirectory:
    status = os.fstat(fd)
    above = os.stat("..", dir_fd=fd)
    return OpenDirectory(
        fd=fd,
        device=status.st_dev,
        inode=status.st_ino,
        owner=status.st_uid,
        is_mount_point=above.st_dev != status.st_dev,
    )


def _reason(error: OSError) -> str:
    match error.errno:
        case errno.ENOENT:
            return "does not exist; waiting for it"
        case errno.ENOTDIR | errno.ELOOP:
            return "is not a directory; put one in its place"
        case errno.EACCES | errno.EPERM:
            return "cannot be listed: permission denied; run as root"
        case number:
            return f"cannot be listed: {os.strerror(number or errno.EIO)}"
