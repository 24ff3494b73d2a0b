"""The system's own limits on one process, as far as it keeps them."""

from __future__ import annotations

import contextlib
import ctypes
import math
import os
import resource
import sys
import time

from pipeline.confinement.limits import Limits

_OPEN_FILES = 512
_PROCESSES = 2048
"""Of the account, all workers' threads together: no honest chain comes near it."""
_M_ARENA_MAX = -8  # mallopt(3)
_ARENAS = 4
_ADDRESSES = 1 << 30
"""Bytes of address space beside what is in use: libraries, and what glibc reserves."""
_STACKS = 8 << 20
_THREADS_OF_OURS = 48
"""Beside one for each core."""


def forbid_cores() -> None:
    """Let no crash put a dump's bytes, or secrets, on a disk."""
    _lower(resource.RLIMIT_CORE, 0)


def cap_files() -> None:
    _lower(resource.RLIMIT_NOFILE, _OPEN_FILES)


def cap_processes() -> None:
    """Only for an account of our own: the limit counts all that a user runs."""
    _lower(resource.RLIMIT_NPROC, _PROCESSES)


def cap_memory(most: int) -> None:
    """Refuse, on Linux, what would exceed this by far at once; the rest is seen by weighing.

    macOS takes no notice of RLIMIT_AS.
    """
    if sys.platform != "linux":
        return
    with contextlib.suppress(AttributeError):  # musl has no arenas
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)
    threads = (os.cpu_count() or 1) + _THREADS_OF_OURS
    _lower(resource.RLIMIT_AS, most + _ADDRESSES + threads * _STACKS)


class CpuTime:
    """What is left of the CPU time of one process; at its end the system ends the process.

    The process itself raises the limit with each step, up to what the largest dump may cost: that
    keeps faults in bounds at once, and whatever else within what honest work may take.
    """

    def __init__(self, limits: Limits, largest: int) -> None:
        """Begin with what a small dump may cost."""
        self._limits = limits
        _, hard = resource.getrlimit(resource.RLIMIT_CPU)
        self._hard = _least(limits.cpu_seconds(largest) + limits.cpu_seconds(0), hard)
        self._covered = -1
        self.cover(0)

    def cover(self, size: int) -> None:
        """Allow what a dump of this uncompressed size may cost from the beginning on."""
        seconds = self._limits.cpu_seconds(size)
        if seconds > self._covered:
            self._covered = seconds
            self._set(seconds)

    def begin(self, size: int) -> None:
        """Allow what one more step may cost."""
        self._set(math.ceil(time.process_time()) + self._limits.cpu_seconds(size))

    def _set(self, seconds: int) -> None:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_CPU, (_least(seconds, self._hard), self._hard))


def _lower(which: int, most: int) -> None:
    _, hard = resource.getrlimit(which)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(which, (_least(most, hard), _least(most, hard)))


def _least(wanted: int, there: int) -> int:
    return wanted if there == resource.RLIM_INFINITY else min(wanted, there)
