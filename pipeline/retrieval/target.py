"""The directory that a dump is fetched into: hidden files that only we touch, then final names.

The directory may be one that others write to, such as `/tmp`: what lies there under our hidden
names and is not ours, or is no plain file, is refused.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.display import printable
from pipeline.durability import full_sync
from pipeline.retrieval.faults import ArchiveFault, on_disk

_MODE = 0o600
"""Kernel memory is secret."""
_OPEN = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK})
_LONGEST_STEM = 200
_PARTIAL = ".part"
_MARK = 12


@dataclass(frozen=True)
class Target:
    """A directory, held open."""

    place: str
    """Its path, safe to show."""
    fd: int

    @classmethod
    @contextlib.contextmanager
    def opened(cls, path: Path) -> Iterator[Target]:
        """Open a directory that is there; ArchiveFault also for what fails in it meanwhile."""
        place = printable(os.fsencode(path))
        try:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                yield cls(place, fd)
            finally:
                os.close(fd)
        except OSError as error:
            raise on_disk(error, place) from error

    def path(self, name: str) -> str:
        """Return the path of a file in it, safe to show."""
        return os.path.normpath(os.path.join(self.place, name))

    def refuse_existing(self, *names: str) -> None:
        """Raise ArchiveFault where one of these names is taken."""
        for name in names:
            with contextlib.suppress(FileNotFoundError):
                os.stat(name, dir_fd=self.fd, follow_symlinks=False)
                raise ArchiveFault(
                    f"{self.path(name)}: is already there; move it away, or name another "
                    "directory with --to"
                )

    def open_hidden(self, name: str) -> int:
        """Open a file of ours for reading and writing, made where it is missing, and lock it."""
        fd = os.open(name, _OPEN, _MODE, dir_fd=self.fd)
        try:
            self._refuse_foreign(fd, name)
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BaseException as error:
            os.close(fd)
            if isinstance(error, BlockingIOError):
                raise ArchiveFault(
                    f"{self.path(name)}: another panicpipe is fetching this dump"
                ) from None
            raise
        return fd

    @contextlib.contextmanager
    def temporary(self, name: str) -> Iterator[int]:
        """Give an empty hidden file, which is removed at the end unless it was published."""
        fd = self.open_hidden(name)
        try:
            os.ftruncate(fd, 0)
            yield fd
        finally:
            os.close(fd)
            self.remove(name)

    def _refuse_foreign(self, fd: int, name: str) -> None:
        status = os.fstat(fd)
        plain = stat.S_ISREG(status.st_mode) and status.st_nlink == 1
        if not plain or status.st_uid != os.geteuid():
            raise ArchiveFault(f"{self.path(name)}: was put there by somebody else; remove it")
        os.fchmod(fd, _MODE)

    def remove(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.fd)

    def publish(self, fd: int, hidden: str, name: str) -> None:
        """Give a file that is complete its final name; never replaces another."""
        full_sync(fd)
        try:
            os.link(hidden, name, src_dir_fd=self.fd, dst_dir_fd=self.fd, follow_symlinks=False)
            self.remove(hidden)
        except FileExistsError:
            self.refuse_existing(name)
            raise
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            self._rename(hidden, name)
        with contextlib.suppress(OSError):  # some network volumes cannot
            os.fsync(self.fd)

    def _rename(self, hidden: str, name: str) -> None:
        """Do the same on a volume without hard links: hold the name with an empty file first."""
        taken = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _MODE, dir_fd=self.fd)
        os.close(taken)
        os.rename(hidden, name, src_dir_fd=self.fd, dst_dir_fd=self.fd)

    def write(self, name: str, data: bytes) -> None:
        """Put a small file there whole; never replaces another."""
        hidden = hidden_name(name, "new")
        with self.temporary(hidden) as fd:
            with open(fd, "wb", closefd=False) as file:
                file.write(data)
            self.publish(fd, hidden, name)

    def forget_others(self, partial: str) -> None:
        """Remove what is there of the object that was replaced by the one that `partial` is of."""
        same_url = partial[: -len(_PARTIAL) - _MARK]
        for entry in os.listdir(self.fd):
            if entry.startswith(same_url) and entry.endswith(_PARTIAL) and entry != partial:
                with contextlib.suppress(ArchiveFault):  # somebody's who fetches it now
                    os.close(self.open_hidden(entry))
                    self.remove(entry)


def hidden_name(name: str, ending: str) -> str:
    return f".{name[:_LONGEST_STEM]}.{ending}"


def partial_name(name: str, url: str, etag: str) -> str:
    """Return the hidden name for the first bytes of one object; another object has another."""
    marks = [hashlib.sha256(each.encode()).hexdigest()[:_MARK] for each in (url, etag)]
    return hidden_name(name, ".".join(marks) + _PARTIAL)
