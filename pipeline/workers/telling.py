"""What a worker says of an error: one line to the daemon, the traceback to the log."""

from __future__ import annotations

import contextlib
import errno
import sys
import traceback

from pipeline.display import one_line, printable

_NOT_FOR_WORKERS = "a worker may not do this (see Adding a stage in the documentation)"


def show_trace(error: BaseException) -> None:
    """Write where it went wrong to the log, in which nothing hostile may stand as it is."""
    with contextlib.suppress(OSError, ValueError):  # a plugin may have closed our streams
        for line in "".join(traceback.format_exception(error)).splitlines():
            sys.stderr.write(printable(line) + "\n")


def reason(error: BaseException) -> str:
    """Return why, in one line that is safe to show."""
    text = error.strerror if isinstance(error, OSError) else None
    line = one_line(text or str(error) or type(error).__name__)
    if isinstance(error, PermissionError) and error.errno == errno.EPERM:
        return f"{line}: {_NOT_FOR_WORKERS}"
    return line
