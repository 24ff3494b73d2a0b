"""Remembers what each file was when a writer was last seen to close it."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Set

from pipeline import Identity
from pipeline.sources.settling import Close


class Closes:
    """Close events by inode, so that a rename in between does not matter.

    `note` is called from watchdog's thread, the rest from the daemon's; each is a single dict
    operation. An event that is lost, or whose file has moved on before it could be looked at,
    only means that the file is finished by its stillness instead.
    """

    def __init__(self, directory: bytes, clock: Callable[[], float]) -> None:
        self._directory = directory
        self._clock = clock
        self._by_inode: dict[int, Close] = {}

    def note(self, name: bytes) -> None:
        """Remember that the file of this name has just been closed."""
        try:
            status = os.lstat(os.path.join(self._directory, name))
        except (OSError, ValueError):
            return
        if stat.S_ISREG(status.st_mode):
            close = Close(identity=identity_of(status), at=self._clock())
            self._by_inode[status.st_ino] = close

    def of(self, inode: int) -> Close | None:
        return self._by_inode.get(inode)

    def inodes(self) -> Set[int]:
        return frozenset(self._by_inode)

    def forget(self, inodes: Set[int]) -> None:
        for inode in inodes:
            self._by_inode.pop(inode, None)


def identity_of(status: os.stat_result) -> Identity:
    return Identity(inode=status.st_ino, size=status.st_size, mtime_ns=status.st_mtime_ns)
