"""Landlock: no file is made, changed or removed by its path, and some are not read.

Open files go on working.

Linux 5.13 and later have it; linux/landlock.h. What the same user owns would be open otherwise to a
worker of a daemon that is not root's: the journal, and what was made of other dumps.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import stat
from collections.abc import Sequence

from pipeline.confinement.processes import call
from pipeline.confinement.readable import readable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446  # on every machine
_ASK_VERSION = 1
_PATH_BENEATH = 1
_WRITE_FILE = 1 << 1
_READ_FILE, _READ_DIRECTORY = 1 << 2, 1 << 3
_REMOVE_OR_MAKE = sum(1 << bit for bit in range(4, 13))
_REFER, _TRUNCATE = 1 << 13, 1 << 14
_SINCE = {_REFER: 2, _TRUNCATE: 3}
_NULL = "/dev/null"


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_access_fs", ctypes.c_uint64),)


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed_access", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def version() -> int:
    """Return which one the kernel has; 0 for none."""
    try:
        return call(_CREATE, 0, 0, _ASK_VERSION)
    except OSError:
        return 0


def enter(hidden: Sequence[str] | None = None) -> None:
    """Let this process change no file by its path from now on; OSError where that fails.

    Where `hidden` is given, real paths, none of that is read any more, nor people's homes. Does
    nothing where the kernel has none of it. Needs PR_SET_NO_NEW_PRIVS first.
    """
    there = version()
    if there == 0:
        return
    later = sum(right for right, since in _SINCE.items() if there >= since)
    reading = 0 if hidden is None else _READ_FILE | _READ_DIRECTORY
    rules = _Ruleset(_WRITE_FILE | _REMOVE_OR_MAKE | later | reading)
    ruleset = call(_CREATE, ctypes.addressof(rules), ctypes.sizeof(rules), 0)
    try:
        with contextlib.suppress(OSError):
            _allow_null(ruleset)
        for fd in () if hidden is None else readable(hidden):
            is_directory = stat.S_ISDIR(os.fstat(fd).st_mode)
            _allow(ruleset, fd, _READ_FILE | (_READ_DIRECTORY if is_directory else 0))
        call(_RESTRICT, ruleset, 0)
    finally:
        os.close(ruleset)


def _allow_null(ruleset: int) -> None:
    null = os.open(_NULL, os.O_PATH | os.O_CLOEXEC)
    try:
        _allow(ruleset, null, _WRITE_FILE)
    finally:
        os.close(null)


def _allow(ruleset: int, fd: int, rights: int) -> None:
    rule = _Beneath(rights, fd)
    call(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.addressof(rule), 0)
