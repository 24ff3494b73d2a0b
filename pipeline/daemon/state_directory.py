"""The daemon's own directory: one daemon at a time, and a way to wake it."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import pwd
import stat
import time
from pathlib import Path
from types import TracebackType

from pipeline.display import printable
from pipeline.errors import AlreadyRunning, RefusedDirectory
from pipeline.paths import LINUX_ACCOUNT
from pipeline.publishing.folders import make_parents

_LOCK = "lock"
_WAKE = "wake"
_LONGEST_NUMBER = 32
_SAFELY = os.O_NOFOLLOW | os.O_CLOEXEC
_LOCK_PATIENCE = 1.0
"""Seconds; `running` holds the lock for an instant."""


class StateDirectory:
    """Held by the one daemon that uses it, from `acquire` to `release`."""

    def __init__(self, path: Path, lock: int, wake: int) -> None:
        self.path = path
        self.wake_fd = wake
        """Readable when somebody asked for attention."""
        self._lock = lock

    @classmethod
    def acquire(cls, path: Path) -> StateDirectory:
        """Make the directory where it is missing, mode 0700, and take it.

        RefusedDirectory where it is not ours alone; AlreadyRunning where a daemon has it.
        """
        _prepare(path)
        try:
            lock = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT | _SAFELY, 0o600)
        except OSError as error:
            raise _unusable(path, error) from error
        try:
            _take(lock, path)
            os.ftruncate(lock, 0)
            os.pwrite(lock, f"{os.getpid()}\n".encode(), 0)
            # Read-write, so that it has a writer always and never reports end of file.
            wake = os.open(_made_fifo(path / _WAKE), os.O_RDWR | os.O_NONBLOCK | _SAFELY)
        except OSError as error:
            os.close(lock)
            raise _unusable(path, error) from error
        except BaseException:
            os.close(lock)
            raise
        return cls(path, lock, wake)

    def drain(self) -> None:
        """Take note of all wake-ups so far."""
        with contextlib.suppress(BlockingIOError):
            os.read(self.wake_fd, 4096)

    def release(self) -> None:
        os.close(self.wake_fd)
        os.close(self._lock)

    def __enter__(self) -> StateDirectory:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.release()


def running(path: Path) -> bool:
    """Whether a daemon uses this state directory now. PermissionError where we may not know."""
    lock = _opened_lock(path)
    if lock is None:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def holder(path: Path) -> int | None:
    """Return the process that took this state directory last; None where nobody can tell."""
    try:
        lock = _opened_lock(path)
        if lock is None:
            return None
        try:
            return int(os.pread(lock, _LONGEST_NUMBER, 0))
        finally:
            os.close(lock)
    except (OSError, ValueError):
        return None


def _opened_lock(path: Path) -> int | None:
    """Open the lock as whoever asks, who may be root where the daemon is not.

    None where there is none; nor is what no daemon would hold, such as a link or a pipe.
    """
    try:
        lock = os.open(path / _LOCK, os.O_RDONLY | os.O_NONBLOCK | _SAFELY)
    except OSError as error:
        if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ELOOP, errno.ENXIO):
            return None
        raise
    if stat.S_ISREG(os.fstat(lock).st_mode):
        return lock
    os.close(lock)
    return None


def wake(path: Path) -> bool:
    """Ask the daemon to look around at once; False where none runs.

    Writes to a pipe only: root may ask a daemon of somebody else's.
    """
    try:
        fd = os.open(path / _WAKE, os.O_WRONLY | os.O_NONBLOCK | _SAFELY)
    except OSError as error:
        if error.errno in (errno.ENXIO, errno.ENOENT, errno.ELOOP):
            return False
        raise
    try:
        if not stat.S_ISFIFO(os.fstat(fd).st_mode):
            return False
        with contextlib.suppress(BlockingIOError):
            os.write(fd, b"!")
    finally:
        os.close(fd)
    return True


def _prepare(path: Path) -> None:
    shown = printable(os.fsencode(path))
    try:
        make_parents(path)
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, 0o700)
        found = os.lstat(path)
    except OSError as error:
        raise _unusable(path, error) from error
    if not stat.S_ISDIR(found.st_mode):
        raise RefusedDirectory(f"{shown}: is no directory; set state_directory to another place")
    if found.st_uid != os.geteuid():
        raise RefusedDirectory(f"{shown}: {_foreign(found.st_uid)}")
    if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise RefusedDirectory(f"{shown}: others can write to it; run: chmod go-w '{shown}'")


def _foreign(uid: int) -> str:
    """Say whose it is and what to do: what root leaves there, its owner could not write to."""
    with contextlib.suppress(KeyError):
        if pwd.getpwuid(uid).pw_name == LINUX_ACCOUNT:
            return (
                f"belongs to {LINUX_ACCOUNT}, the service's account; have the service do it "
                "(panicpipe service start), or set state_directory to another place"
            )
    return f"belongs to uid {uid}; run as that user, or set state_directory to another place"


def _made_fifo(path: Path) -> Path:
    """Make it; what else may lie there (restored from a backup, say) wakes nobody."""
    with contextlib.suppress(FileNotFoundError):
        if not stat.S_ISFIFO(os.lstat(path).st_mode):
            os.unlink(path)
    with contextlib.suppress(FileExistsError):
        os.mkfifo(path, 0o600)
    return path


def _unusable(path: Path, error: OSError) -> RefusedDirectory:
    return RefusedDirectory(
        f"{printable(os.fsencode(path))}: cannot be used: {error.strerror or error}; set "
        "state_directory to another place, or run as root"
    )


def _take(lock: int, path: Path) -> None:
    end = time.monotonic() + _LOCK_PATIENCE
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                holder = os.pread(lock, 32, 0).decode("ascii", "replace").strip() or "unknown"
                raise AlreadyRunning(
                    f"{printable(os.fsencode(path))}: another panicpipe daemon (pid {holder}) "
                    "uses this state directory; stop it first"
                ) from None
            time.sleep(0.05)
        else:
            return
