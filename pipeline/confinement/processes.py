"""Properties of a Linux process that prctl(2) sets; elsewhere there is nothing like them."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long


def prctl(option: int, argument: int, more: int = 0) -> None:
    """Set one property; OSError where the kernel refuses."""
    long = ctypes.c_ulong
    if _libc.prctl(ctypes.c_int(option), long(argument), long(more), long(0), long(0)) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def call(number: int, *arguments: int) -> int:
    """Make a system call that the C library has no function for; OSError where it is refused."""
    result: int = _syscall(ctypes.c_long(number), *map(ctypes.c_ulong, arguments))
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result


def gain_nothing_by_programs() -> None:
    """Have no program that is started run with more rights than we have; OSError if not."""
    prctl(_PR_SET_NO_NEW_PRIVS, 1)


def keep_memory_private() -> None:
    """Let no core be written and nobody but root look into our memory."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            prctl(_PR_SET_DUMPABLE, 0)


def die_with_parent() -> None:
    """Ask for a kill when the parent dies. A change of the user undoes that: ask again then."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
