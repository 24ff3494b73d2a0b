"""What a worker prints, for the log: so much of it and no more."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os

from pipeline.display import printable, size

_log = logging.getLogger("panicpipe.workers")

_MOST = 64 << 10
"""Bytes of one worker's that reach the log."""
_LONGEST_LINE = 2048
_READ = 1 << 16
_REST = 0.05
"""Seconds between two reads once there is too much: whoever floods waits, not the daemon."""


class Words:
    """A pipe on which a worker's standard output and error end."""

    def __init__(self, raw_name: bytes) -> None:
        """Make the pipe and begin to read; `raw_name` is of the dump, for the log."""
        self._name = printable(raw_name)
        self._ours, self.theirs = os.pipe()
        os.set_blocking(self._ours, False)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._ours, self._read)
        self._line = b""
        self._taken = 0
        self._cut = 0
        self._closed = False

    def hand_over(self) -> None:
        """Close the worker's end here: it has its own by now."""
        os.close(self.theirs)

    def close(self) -> None:
        """Take what is still there, and say how much was not."""
        if self._closed:
            return
        self._closed = True
        self._loop.remove_reader(self._ours)
        self._take(self._got())
        os.close(self._ours)
        if self._line:
            self._tell(self._line)
        if self._cut:
            _log.warning("%s: its worker printed %s more", self._name, size(self._cut))

    def _read(self) -> None:
        data = self._got()
        self._take(data)
        if not data or self._taken >= _MOST:
            self._loop.remove_reader(self._ours)
        if data and self._taken >= _MOST:
            self._loop.call_later(_REST, self._read_on)

    def _read_on(self) -> None:
        if not self._closed:
            self._read()

    def _got(self) -> bytes:
        with contextlib.suppress(BlockingIOError):
            return os.read(self._ours, _READ)
        return b""

    def _take(self, data: bytes) -> None:
        kept = data[: _MOST - self._taken]
        self._taken += len(kept)
        self._cut += len(data) - len(kept)
        *lines, self._line = (self._line + kept).split(b"\n")
        for line in lines:
            self._tell(line)
        if len(self._line) > _LONGEST_LINE:
            self._tell(self._line)
            self._line = b""

    def _tell(self, line: bytes) -> None:
        if line.strip():
            _log.warning("%s: its worker: %s", self._name, _safe(line[:_LONGEST_LINE]))


def _safe(line: bytes) -> str:
    """Escape, and leave what was escaped before as it is."""
    return printable(line.rstrip()).replace("\\\\", "\\")
