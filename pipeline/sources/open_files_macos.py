"""Who has a file open, as macOS tells it through libproc."""

from __future__ import annotations

import ctypes
import fcntl
import os
import threading
from collections.abc import Callable
from functools import cache
from typing import Any, Protocol, cast

PROC_ALL_PIDS = 1
PROC_LISTPIDSPATH_EXCLUDE_EVTONLY = 2
F_GETPATH = 50
MAXPATHLEN = 1024
MOST_PROCESSES = 1024
LIMIT_SECONDS = 1.0


class LibProc(Protocol):
    """The one function of libproc that is used: fills an array of pids, returns its bytes."""

    def proc_listpidspath(
        self, kind: int, info: int, path: bytes, flags: int, pids: Any, size: int
    ) -> int: ...


class _Question:
    """Asks in a thread: libproc looks at every open file, and a dead network volume blocks that.

    While one question is stuck no second is asked, so at most one thread is ever lost.
    """

    def __init__(self) -> None:
        self._thread: threading.Thread | None = None

    def ask(self, question: Callable[[], set[int] | None], limit: float) -> set[int] | None:
        if self._thread is not None and self._thread.is_alive():
            return None
        answers: list[set[int] | None] = []
        self._thread = threading.Thread(target=lambda: answers.append(question()), daemon=True)
        self._thread.start()
        self._thread.join(limit)
        return answers[0] if answers else None


_question = _Question()


def path_of(fd: int) -> bytes:
    """Return where the file behind a descriptor lies now, which follows renames."""
    return fcntl.fcntl(fd, F_GETPATH, bytes(MAXPATHLEN)).split(b"\0", 1)[0]


@cache
def libproc() -> LibProc:
    return cast("LibProc", ctypes.CDLL("/usr/lib/libproc.dylib", use_errno=True))


def macos_openers(
    fd: int,
    *,
    library: Callable[[], LibProc] = libproc,
    path_of: Callable[[int], bytes] = path_of,
    limit_seconds: float = LIMIT_SECONDS,
) -> bool | None:
    """Tell whether anybody outside our process group has the file open; None where unknown."""
    try:
        path, lib = path_of(fd), library()
    except OSError:
        return None
    pids = _question.ask(lambda: _pids(lib, path), limit_seconds)
    if pids is None:
        return None
    if any(not _is_ours(pid) for pid in pids):
        return True
    return False if os.geteuid() == 0 else None


def _pids(library: LibProc, path: bytes) -> set[int] | None:
    pids = (ctypes.c_int * MOST_PROCESSES)()
    size = library.proc_listpidspath(
        PROC_ALL_PIDS, 0, path, PROC_LISTPIDSPATH_EXCLUDE_EVTONLY, pids, ctypes.sizeof(pids)
    )
    if size < 0:
        return None
    return set(pids[: size // ctypes.sizeof(ctypes.c_int)]) - {0}


def _is_ours(pid: int) -> bool:
    """Our workers read the dump, too; they stay in our process group. One that ended counts not."""
    try:
        return os.getpgid(pid) == os.getpgid(0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
