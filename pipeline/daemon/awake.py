"""Keeps this Mac from going to sleep while a dump is in flight.

`caffeinate -i -m -w PID` does so until it is ended, or the process of that number ends: a daemon
that is killed leaves none behind. Its process group is the daemon's, which launchd ends as a whole.
"""

from __future__ import annotations

import logging
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from pipeline.machine import Machine

_log = logging.getLogger("panicpipe.daemon")

CAFFEINATE = Path("/usr/bin/caffeinate")
_REST = 30.0
"""Seconds until one that has ended by itself, or could not be started, is started again."""


def for_machine(machine: Machine) -> Awake:
    """Return what keeps this machine awake: nothing where it is no Mac."""
    return Awake(CAFFEINATE if machine.mac else None)


class Awake:
    """Holds the program while it is told to. For one thread."""

    def __init__(
        self, program: Path | None, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Take what to run; None: nothing is ever run."""
        self._program = program
        self._clock = clock
        self._process: subprocess.Popen[bytes] | None = None
        self._not_before = float("-inf")
        self._told: str | None = None

    def keep(self, wanted: bool) -> None:
        """Hold it from now on, or hold it no more; to be called again from time to time."""
        if not wanted:
            self.end()
        elif not self._holds() and self._program is not None and self._clock() >= self._not_before:
            self._start(self._program)

    def end(self) -> None:
        """Hold it no more."""
        process, self._process = self._process, None
        self._not_before = float("-inf")
        if process is None or process.poll() is not None:
            return
        process.kill()  # it has nothing to put in order, and may have inherited a blocked SIGTERM
        process.wait()

    def _holds(self) -> bool:
        if self._process is None:
            return False
        status = self._process.poll()
        if status is not None:
            self._process = None
            self._not_before = self._clock() + _REST
            self._tell(f"it ended by itself, with {status}")
        return status is None

    def _start(self, program: Path) -> None:
        command = [str(program), "-i", "-m", "-w", str(os.getpid())]
        try:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd="/",
            )
        except OSError as error:
            self._not_before = self._clock() + _REST
            self._tell(error.strerror or str(error))

    def _tell(self, fault: str) -> None:
        """Say it once, and not with every try."""
        if fault != self._told:
            self._told = fault
            _log.warning("this Mac may go to sleep during a dump: %s: %s", self._program, fault)
