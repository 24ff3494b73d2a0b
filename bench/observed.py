"""A process under observation, with all its descendants, from its start to its end."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from bench import procfs
from bench.memory_looks import MemoryLooks
from bench.place import ROOT

_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_RSS_UNIT = 1 if sys.platform == "darwin" else 1024


class Failed(Exception):
    """A program that was to be measured ended badly."""


@dataclass(frozen=True)
class Usage:
    """What a process and its descendants took."""

    wall: float
    cpu: float
    largest: int | None
    """Peak memory of the largest process, bytes; None: not known."""
    together: int | None
    """Peak of what all of them had at one time, shared pages counted once; None: not known."""

    def best(self, other: Usage) -> Usage:
        """Return the quicker times and the larger memory."""
        return Usage(
            min(self.wall, other.wall),
            min(self.cpu, other.cpu),
            _larger(self.largest, other.largest),
            _larger(self.together, other.together),
        )


class Observed:
    """Starts a program in a process group of its own; `wait` tells what it took.

    The end of the `with` block ends whatever is left of it.
    """

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._command = command
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed at the end of the block)
        self._begin = time.perf_counter()
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._errors,
            cwd=ROOT,
            process_group=0,
        )
        self._memory = MemoryLooks(self.pid)
        self._usage: Usage | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._usage is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.pid, signal.SIGKILL)
            self._reap(0)
        self._errors.close()
        if self._process.stdout is not None:
            self._process.stdout.close()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def has_ended(self) -> bool:
        return self._usage is not None or self._reap(os.WNOHANG)

    def terminate(self) -> None:
        self._process.terminate()

    def wait(self) -> tuple[Usage, bytes]:
        """Return what it took and what it printed; Failed where it ended badly."""
        assert self._process.stdout is not None
        printed = self._process.stdout.read()
        if self._usage is None:
            self._reap(0)
        assert self._usage is not None
        if self._process.returncode != 0:
            self._errors.seek(0)
            told = self._errors.read().decode(errors="replace").strip()
            raise Failed(f"{self._command[0]} ended with {self._process.returncode}: {told}")
        return self._usage, printed

    def _reap(self, options: int) -> bool:
        pid, status, usage = os.wait4(self.pid, options)
        if not pid:
            return False
        wall = time.perf_counter() - self._begin
        self._process.returncode = os.waitstatus_to_exitcode(status)
        self._memory.stop()
        cpu = usage.ru_utime + usage.ru_stime + _cpu_of_orphans(self.pid)
        self._usage = Usage(wall, cpu, self._largest(usage.ru_maxrss), self._memory.together)
        return True

    def _largest(self, most_resident: int) -> int | None:
        # Linux counts in what the parent had when it forked: our own size, not the program's.
        return self._memory.largest if procfs.AVAILABLE else most_resident * _RSS_UNIT


def _larger(one: int | None, other: int | None) -> int | None:
    return max((value for value in (one, other) if value is not None), default=None)


def run(command: Sequence[str | Path]) -> tuple[Usage, bytes]:
    """Run a program to its end."""
    with Observed(command) as observed:
        return observed.wait()


def adopt_orphans() -> None:
    """Become the parent of descendants whose parent dies, so that their time is counted.

    Only Linux can; elsewhere the time of a worker that outlives its parent is not seen.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)


def _cpu_of_orphans(group: int) -> float:
    seconds = 0.0
    with contextlib.suppress(ChildProcessError):
        while True:
            _, _, usage = os.wait4(-group, 0)
            seconds += usage.ru_utime + usage.ru_stime
    return seconds
