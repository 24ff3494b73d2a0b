"""Directories that outputs go to: only ours, held by descriptor; files appear there whole.

A file is written under a temporary name, and gets its final one only when it is complete and on
the disk, without ever replacing another. Temporaries are locked while somebody works on them, so
that the sweep after a crash takes away only what nobody owns.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import grp
import os
import pwd
import secrets
import stat
import sys
from collections.abc import Container, Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.display import printable
from pipeline.durability import full_sync
from pipeline.errors import RefusedDirectory, TryAgain
from pipeline.paths import LINUX_ACCOUNT
from pipeline.publishing.folders import make_parents

_PREFIX = ".panicpipe-"
_SUFFIX = ".tmp"
_FILE_MODE = 0o640
_DIRECTORY_MODE = 0o750
_PRIVATE_MODE = 0o700
_NO_LINKS = frozenset({errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS})
_OPEN = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


@dataclass(frozen=True)
class Temporary:
    """A file being made; the descriptor holds its lock."""

    name: str
    fd: int
    inode: int

    def close(self) -> None:
        os.close(self.fd)


class OutputDirectory:
    """One directory that files are published in."""

    def __init__(self, path: Path, fd: int) -> None:
        self.path = path
        self._fd = fd

    @classmethod
    def open(cls, path: Path, *, private: bool = False) -> OutputDirectory:
        """Open `path`, making it where it is missing: for us alone if it is to be private.

        RefusedDirectory where it is a symlink, belongs to somebody else or others can write to it;
        TryAgain where it cannot be made or opened now (an unmounted volume, no permission).
        """
        shown = printable(os.fsencode(path))
        try:
            made = _make(path)
            fd = os.open(path, _OPEN)
        except OSError as error:
            if _is_symlink(path):
                raise RefusedDirectory(
                    f"{shown}: is a symbolic link; name the real directory instead"
                ) from error
            raise TryAgain(f"{shown}: {error.strerror or error}") from error
        try:
            _refuse_foreign(os.fstat(fd), shown)
            if made:
                _set_rights(fd, private=private)
        except RefusedDirectory:
            os.close(fd)
            raise
        return cls(path, fd)

    def close(self) -> None:
        os.close(self._fd)

    def is_current(self) -> bool:
        """False once it was replaced or unmounted, or others came to own it or write to it."""
        try:
            now = os.stat(self.path, follow_symlinks=False)
            _refuse_foreign(now, "")
        except (OSError, RefusedDirectory):
            return False
        held = os.fstat(self._fd)
        return (now.st_dev, now.st_ino) == (held.st_dev, held.st_ino)

    def create(self, owner: str) -> Temporary:
        """Start a file under a temporary name; `owner` becomes a part of it."""
        name = f"{_PREFIX}{owner}-{secrets.token_hex(8)}{_SUFFIX}"
        flags = os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        fd = os.open(name, flags, _FILE_MODE, dir_fd=self._fd)
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.fchmod(fd, _FILE_MODE)  # whatever the umask
        return Temporary(name, fd, os.fstat(fd).st_ino)

    def open_existing(self, name: str) -> int:
        return os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._fd)

    def publish(self, temporary: str, inode: int, name: str) -> bool:
        """Give a finished file its final name; False where that name is another file's.

        Safe to repeat after a crash at any point: a file with this inode under the final name is
        the one that was meant. FileNotFoundError where neither name leads to it.
        """
        if self._inode(name) == inode:
            self.discard(temporary)
            return True
        if self._inode(temporary) != inode:
            raise FileNotFoundError(errno.ENOENT, "the finished file is gone", temporary)
        if not self._link(temporary, name):
            return False
        self.discard(temporary)
        full_sync(self._fd, None)
        return True

    def _link(self, temporary: str, name: str) -> bool:
        try:
            os.link(temporary, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        except FileExistsError:
            return False
        except OSError as error:
            if error.errno not in _NO_LINKS:
                raise
            # FAT and some network volumes know no links. Nobody but us writes here, so looking
            # first replaces nothing.
            if self._inode(name) is not None:
                return False
            os.rename(temporary, name, src_dir_fd=self._fd, dst_dir_fd=self._fd)
        return True

    def holds(self, name: str) -> bool:
        return self._inode(name) is not None

    def _inode(self, name: str) -> int | None:
        try:
            return os.stat(name, dir_fd=self._fd, follow_symlinks=False).st_ino
        except FileNotFoundError:
            return None

    def remove(self, name: str, inode: int) -> bool:
        """Remove a published file for good; False where that name leads to no such file."""
        if self._inode(name) != inode:
            return False
        os.unlink(name, dir_fd=self._fd)
        full_sync(self._fd, None)
        return True

    def discard(self, name: str) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._fd)

    def sweep(self, keep: Container[str]) -> list[str]:
        """Remove temporaries that nobody works on and that are not in `keep`; returns them."""
        swept = []
        for name in os.listdir(self._fd):
            if name.startswith(_PREFIX) and name.endswith(_SUFFIX) and name not in keep:
                with contextlib.suppress(OSError), self._locked(name):
                    self.discard(name)
                    swept.append(name)
        return swept

    @contextlib.contextmanager
    def _locked(self, name: str) -> Iterator[None]:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=self._fd)
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError: somebody works on it
            yield
        finally:
            os.close(fd)


def _make(path: Path) -> bool:
    if path.is_dir():
        return False
    make_parents(path)
    try:
        os.mkdir(path, 0o700)
    except FileExistsError:  # somebody was faster: who, is looked at when it is open
        return False
    return True


def _set_rights(fd: int, *, private: bool) -> None:
    if private:
        os.fchmod(fd, _PRIVATE_MODE)
        return
    group = admin_group()
    if group is not None:
        os.fchown(fd, -1, group)
    os.fchmod(fd, _DIRECTORY_MODE)


def admin_group(platform: str = sys.platform, euid: int | None = None) -> int | None:
    """On a Mac, as root, outputs are for the group `admin`; files inherit it there."""
    if platform != "darwin" or (os.geteuid() if euid is None else euid) != 0:
        return None
    try:
        return grp.getgrnam("admin").gr_gid
    except KeyError:
        return None


def _is_symlink(path: Path) -> bool:
    try:
        return path.is_symlink()
    except OSError:
        return False


def _account() -> int | None:
    """Return the service's own account, where the machine has it."""
    try:
        return pwd.getpwnam(LINUX_ACCOUNT).pw_uid
    except KeyError:
        return None


def _whom(uid: int) -> str:
    return f"{LINUX_ACCOUNT}, the service's account" if uid == _account() else f"uid {uid}"


def _refuse_foreign(status: os.stat_result, shown: str) -> None:
    if status.st_uid not in (0, os.geteuid()):
        raise RefusedDirectory(
            f"{shown}: belongs to {_whom(status.st_uid)}, who could change what is in it; "
            f"{'' if status.st_uid == _account() else 'remove it, or '}name another directory"
        )
    if status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        shared = status.st_mode & stat.S_ISVTX  # such as /tmp: meant to be as it is
        advice = "name a new directory in it" if shared else f"run: chmod go-w '{shown}'"
        raise RefusedDirectory(
            f"{shown}: others can write to it (mode {stat.S_IMODE(status.st_mode):04o}); {advice}"
        )
