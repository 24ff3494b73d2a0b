"""The log as a file of its own, which may be renamed under the daemon.

launchd's descriptor of standard error follows a file that newsyslog has renamed: it would be
written to for ever, or lost once that file is compressed. So the daemon opens its log itself, looks
before each line whether its name still leads to it, and opens it anew where not. Standard error
goes there as well, so that what children say is in it.
"""

from __future__ import annotations

import contextlib
import os
import stat
from pathlib import Path

from pipeline.display import printable
from pipeline.errors import ConfigError

_MODE = 0o640
_STDERR = 2


class LogFile:
    """Keeps standard error on the file of this name."""

    def __init__(self, path: Path) -> None:
        """Open it, or make it; ConfigError where that cannot be."""
        self._path = path
        self._identity = (0, 0)
        try:
            self._open()
        except OSError as error:
            shown = printable(os.fsencode(path))
            raise ConfigError(f"--log {shown}: cannot be written to: {error.strerror}") from error

    def keep_open(self) -> None:
        """Open the file anew where its name leads to another, or to none.

        Where that fails, what was open goes on being written to.
        """
        try:
            found = os.lstat(self._path)
            if (found.st_dev, found.st_ino) != self._identity:
                self._open()
        except FileNotFoundError:
            self._open_if_possible()
        except OSError:
            pass

    def _open_if_possible(self) -> None:
        with contextlib.suppress(OSError):
            self._open()

    def _open(self) -> None:
        flags = (
            os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
        )
        fd = os.open(self._path, flags, _MODE)
        try:
            found = os.fstat(fd)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(0, "is no regular file")
            os.dup2(fd, _STDERR)  # inheritable: what children say goes there, too
            self._identity = (found.st_dev, found.st_ino)
        finally:
            os.close(fd)
