"""What paths lead to, found out with a time limit: a dead network volume answers never.

A process of its own looks, with our rights, and is killed where it hangs; on a Mac it has our
privacy grants too, because it runs the same interpreter as our child.
"""

from __future__ import annotations

import contextlib
import os
import select
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline.display import one_line

PATIENCE = 5.0
"""Seconds that all paths have together."""
_LIFETIME = 120.0
"""Seconds after which a look ends by itself, where nobody collects it."""
_SCRIPT = str(Path(__file__).with_name("looker.py"))

Kind = Literal["directory", "file", "link", "other", "missing"]


@dataclass(frozen=True, kw_only=True)
class Look:
    """What a path leads to; a link is not followed. None where nobody could tell."""

    kind: Kind | None = None
    owner: int | None = None
    group: int | None = None
    mode: int | None = None
    """Permission bits."""
    modified: float | None = None
    free: int | None = None
    """Bytes free on a directory's volume for an ordinary user."""
    volume: int | None = None
    read_only: bool | None = None
    error: int | None = None
    """The errno of what went wrong."""
    fault: str | None = None
    """Why it could not be looked at, or a directory not be read: one line."""


class Looking:
    """One look at some paths, under way from the start."""

    def __init__(self, paths: Sequence[str | Path]) -> None:
        self._paths = [str(path) for path in paths]
        self._child = subprocess.Popen(
            [sys.executable, "-I", "-S", _SCRIPT, str(_LIFETIME), *map(os.fsencode, paths)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )

    def collect(self, patience: float) -> Mapping[str, Look]:
        """Return all that is known after so many seconds at most, and end the look."""
        hung = Look(fault="no answer: its volume does not respond")
        found = dict.fromkeys(self._paths, hung)
        for line in self._told(patience).splitlines():
            with contextlib.suppress(msgspec.DecodeError):  # the last line may be cut short
                answer = msgspec.json.decode(line, type=dict[str, Any])
                path = self._paths[answer.pop("number")]
                found[path] = _look(answer)
        return found

    def _told(self, patience: float) -> bytes:
        pipe = self._child.stdout
        assert pipe is not None  # noqa: S101  asked for above
        end, told = time.monotonic() + patience, bytearray()
        ready = select.poll()
        ready.register(pipe, select.POLLIN)
        while ready.poll(max(end - time.monotonic(), 0) * 1000):
            piece = os.read(pipe.fileno(), 65536)
            if not piece:
                break
            told += piece
        self._end()
        return bytes(told)

    def _end(self) -> None:
        self._child.kill()
        if self._child.stdout is not None:
            self._child.stdout.close()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._child.wait(0.5)  # one that is stuck in the kernel ends when its volume answers


def looks(paths: Sequence[str | Path], patience: float = PATIENCE) -> Mapping[str, Look]:
    """Look at some paths, by the path as it was given; none keeps the others from being told."""
    if not paths:
        return {}
    try:
        return Looking(paths).collect(patience)
    except OSError as error:
        fault = f"cannot be looked at: {error.strerror}"
        return {str(path): Look(error=error.errno, fault=fault) for path in paths}


def _look(answer: Mapping[str, Any]) -> Look:
    fault = answer.get("fault")
    return Look(**{**answer, "fault": None if fault is None else one_line(fault, 200)})
