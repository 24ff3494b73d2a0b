"""Which files of a directory that anybody can write to may be dumps, and how one is opened."""

from __future__ import annotations

import errno
import os
import stat

from pipeline import Identity, UnreadableFile
from pipeline.display import printable
from pipeline.durability import full_sync
from pipeline.sources.closes import identity_of

NO_PERMISSION = "permission denied; run as root or as a member of the directory's group"

_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY

_NATURES = {
    stat.S_IFIFO: "is a FIFO",
    stat.S_IFSOCK: "is a socket",
    stat.S_IFLNK: "is a symbolic link",
    stat.S_IFDIR: "is a directory",
    stat.S_IFCHR: "is a device",
    stat.S_IFBLK: "is a device",
}

_REFUSALS = {
    errno.ENOENT: "is gone",
    errno.ELOOP: "is a symbolic link",
    errno.EACCES: NO_PERMISSION,
    errno.EPERM: NO_PERMISSION,
    errno.ENXIO: "is a socket",
    errno.EOPNOTSUPP: "is a socket",
}


def why_no_dump(status: os.stat_result) -> str | None:
    """Say why a file can be no dump by its nature; None for a regular file with one name.

    A second name may lead to a file that is not meant for us, planted here to be read by root.
    """
    if not stat.S_ISREG(status.st_mode):
        return _NATURES.get(stat.S_IFMT(status.st_mode), "is no regular file")
    if status.st_nlink > 1:
        return f"has {status.st_nlink} names (hard links)"
    return None


def open_dump(raw_name: bytes, *, directory: int, inode: int) -> int:
    """Open the file that was seen under this name, or raise UnreadableFile.

    O_NONBLOCK keeps a FIFO that took its place from hanging us; what was really opened is judged
    by its descriptor.
    """
    try:
        fd = os.open(raw_name, _FLAGS, dir_fd=directory)
    except OSError as error:
        raise _unreadable(raw_name, _reason(error)) from None
    status = os.fstat(fd)
    reason = why_no_dump(status)
    if reason is None and status.st_ino != inode:
        reason = "is another file by now"
    if reason is not None:
        os.close(fd)
        raise _unreadable(raw_name, reason)
    return fd


def remove_dump(raw_name: bytes, *, directory: int, identity: Identity) -> None:
    """Remove exactly this file for good, or raise UnreadableFile.

    Between the look and the removal somebody may still put another file under its name: one of
    his own, which he could have removed himself.
    """
    fd = open_dump(raw_name, directory=directory, inode=identity.inode)
    try:
        if identity_of(os.fstat(fd)) != identity:
            raise _unreadable(raw_name, "has changed")
        _unlink(raw_name, directory)
    finally:
        os.close(fd)


def _unlink(raw_name: bytes, directory: int) -> None:
    try:
        os.unlink(raw_name, dir_fd=directory)
        full_sync(directory)  # a file that is back after a power cut would arrive anew
    except OSError as error:
        raise _unreadable(raw_name, f"cannot be removed: {_reason(error)}") from None


def _unreadable(raw_name: bytes, reason: str) -> UnreadableFile:
    return UnreadableFile(f"{printable(raw_name)}: {reason}")


def _reason(error: OSError) -> str:
    return _REFUSALS.get(error.errno or 0, os.strerror(error.errno or errno.EIO))
