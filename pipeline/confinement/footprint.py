"""How much memory another process uses now."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable
from typing import Any

Weigh = Callable[[int], int | None]
"""Takes a process's number; returns bytes, or None where nobody knows or it has ended."""

_PAGE = os.sysconf("SC_PAGE_SIZE")
_RUSAGE_INFO_V0 = 0


class _Usage(ctypes.Structure):
    """`struct rusage_info_v0` of macOS's sys/resource.h."""

    _fields_ = (
        ("uuid", ctypes.c_uint8 * 16),
        ("user_time", ctypes.c_uint64),
        ("system_time", ctypes.c_uint64),
        ("idle_wakeups", ctypes.c_uint64),
        ("interrupt_wakeups", ctypes.c_uint64),
        ("pageins", ctypes.c_uint64),
        ("wired_size", ctypes.c_uint64),
        ("resident_size", ctypes.c_uint64),
        ("footprint", ctypes.c_uint64),
        ("start_time", ctypes.c_uint64),
        ("exit_time", ctypes.c_uint64),
    )


def resident(pid: int) -> int | None:
    """Linux: what of it is in memory; see proc_pid_statm(5)."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return None


def on_a_mac(libc: Any) -> Weigh:
    """macOS: the footprint that Activity Monitor shows, which counts compressed pages as well."""

    def footprint(pid: int) -> int | None:
        usage = _Usage()
        failed = libc.proc_pid_rusage(
            ctypes.c_int(pid), ctypes.c_int(_RUSAGE_INFO_V0), ctypes.byref(usage)
        )
        return None if failed else int(usage.footprint)

    return footprint


def weigh(platform: str = sys.platform) -> Weigh:
    """Return what weighs a process on this system."""
    return on_a_mac(ctypes.CDLL(None)) if platform == "darwin" else resident
