"""Files that the user names on the command line, opened without ever hanging."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.display import printable
from pipeline.errors import UnreadableFile

_KINDS = (
    (stat.S_ISDIR, "a directory"),
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISBLK, "a device"),
    (stat.S_ISCHR, "a device"),
)


@contextmanager
def opened(path: bytes) -> Iterator[int]:
    """Open a regular file for reading; symlinks are followed, since a person named it."""
    try:
        _refuse_other_kinds(os.stat(path), path)  # before opening: that alone can move a tape
        fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    except (OSError, ValueError) as error:
        fault = getattr(error, "strerror", None) or error
        raise UnreadableFile(f"{printable(path)}: {fault}") from error
    try:
        _refuse_other_kinds(os.fstat(fd), path)
        yield fd
    finally:
        os.close(fd)


def _refuse_other_kinds(status: os.stat_result, path: bytes) -> None:
    for is_kind, called in _KINDS:
        if is_kind(status.st_mode):
            raise UnreadableFile(f"{printable(path)}: is {called}, not a file")
