"""The lines of a log file, also while it is written and renamed."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from pipeline.display import printable

_EVERY = 1.0


def last_lines(place: Path, count: int) -> Iterator[str]:
    """Return the last lines; OSError where the file cannot be read."""
    with place.open("rb") as file:
        yield from map(_shown, deque(file, count))


def followed(place: Path, count: int, every: float = _EVERY) -> Iterator[str]:
    """Return the last lines, and then those that come, without end.

    Once the name leads to another file, what is left of the first is read, then that one.
    """
    lines = _Lines(place)
    try:
        yield from map(_shown, deque(lines.whole(), count))
        while True:
            renamed = lines.was_renamed()  # asked first: what came before is then read below
            yield from map(_shown, lines.whole())
            if renamed:
                yield from map(_shown, lines.rest())
                lines.reopen()
            else:
                time.sleep(every)
    finally:
        lines.close()


class _Lines:
    """What one file has to say since the last look; a line that is being written waits."""

    def __init__(self, place: Path) -> None:
        self._place = place
        self._file: BinaryIO = place.open("rb")
        self._begun = b""

    def whole(self) -> Iterator[bytes]:
        for piece in self._file:
            self._begun += piece
            if self._begun.endswith(b"\n"):
                yield self._begun
                self._begun = b""

    def rest(self) -> Iterator[bytes]:
        if self._begun:
            yield self._begun
        self._begun = b""

    def was_renamed(self) -> bool:
        try:
            found = os.stat(self._place)
        except OSError:
            return False  # between two names; the next look tells
        ours = os.fstat(self._file.fileno())
        return (found.st_dev, found.st_ino) != (ours.st_dev, ours.st_ino)

    def reopen(self) -> None:
        try:
            following = self._place.open("rb")
        except FileNotFoundError:
            return  # renamed once more
        self._file.close()
        self._file = following

    def close(self) -> None:
        self._file.close()


def _shown(line: bytes) -> str:
    return printable(line.rstrip(b"\r\n"))
