"""Bringing bytes to the disk itself: fsync on macOS stops at the drive's cache."""

from __future__ import annotations

import errno
import fcntl
import os

_F_FULLFSYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)
_NOT_THERE = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOTTY, errno.ENODEV})


def full_sync(fd: int, command: int | None = _F_FULLFSYNC) -> None:
    """Return when the file's bytes are on stable storage; OSError when they cannot be.

    Network volumes and FAT know no F_FULLFSYNC (fcntl(2)): there fsync has to do.
    """
    if command is not None:
        try:
            fcntl.fcntl(fd, command)
        except OSError as error:
            if error.errno not in _NOT_THERE:
                raise
        else:
            return
    os.fsync(fd)
