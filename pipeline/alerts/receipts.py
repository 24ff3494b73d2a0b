"""Receipts: what became of a delivery, written down by the child that made it.

A daemon that is killed while a child delivers never hears the answer. The child outlives it and
writes a receipt; the next daemon waits for that and believes it, instead of sending again.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Container
from enum import StrEnum
from pathlib import Path

import msgspec

from pipeline.durability import full_sync

_RESERVED = 4096
"""Bytes taken before anything is sent: on a full volume a receipt must still find its place."""


class Outcome(StrEnum):
    """What became of one delivery."""

    SENT = "sent"
    AGAIN = "again"
    """A passing fault: still owed."""
    REFUSED = "refused"
    """Not this alert, others perhaps: still owed, behind them."""


class Receipt(msgspec.Struct, frozen=True):
    """How one delivery ended, and why."""

    outcome: Outcome
    reason: str = ""
    answer: str = ""
    """What the service said, where it was sent."""
    after: float | None = None
    """Seconds that the service asked to be left alone for."""
    fault: str = ""
    """Why the text is not what it should be, if it is not."""


def write(fd: int, receipt: Receipt) -> None:
    """Put a receipt on stable storage."""
    os.pwrite(fd, msgspec.json.encode(receipt) + b"\n", 0)
    full_sync(fd)


class Slip:
    """The paper for one receipt: a file that daemon and child hold open, and locked, together.

    The lock belongs to that open file: it is free again only when the last of them has ended.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.fd = _opened(path)

    def try_lock(self) -> bool:
        try:
            fcntl.flock(self.fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def receipt(self) -> Receipt | None:
        """Return what the child wrote; None where it has not, or not all of it."""
        line, end, _ = os.pread(self.fd, os.fstat(self.fd).st_size, 0).partition(b"\n")
        try:
            return msgspec.json.decode(line, type=Receipt) if end else None
        except msgspec.DecodeError:  # a crash of the machine may leave anything
            return None

    def renew(self) -> None:
        """Take a fresh file: whoever still holds the old one holds nothing any more."""
        self.discard()
        self.close()
        self.fd = _opened(self._path)
        self.try_lock()

    def discard(self) -> None:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(self._path)

    def close(self) -> None:
        os.close(self.fd)


def _opened(path: Path) -> int:
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    fd = os.open(path, flags, 0o600)
    try:
        if os.fstat(fd).st_size == 0:
            os.pwrite(fd, b" " * _RESERVED, 0)
    except OSError:
        os.close(fd)
        raise
    return fd


class Receipts:
    """The directory of slips, one for each delivery under way, of this daemon or a killed one."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(mode=0o700, exist_ok=True)
        self._directory = directory

    def slip(self, alert: int, attempts: int) -> Slip:
        return Slip(self._directory / _name(alert, attempts))

    def keep_only(self, owed: Container[tuple[int, int]]) -> None:
        """Remove the slips of alerts and attempts that nobody asks about any more."""
        for name in os.listdir(self._directory):
            alert, _, attempts = name.partition("-")
            known = alert.isdecimal() and attempts.isdecimal()
            if not known or (int(alert), int(attempts)) not in owed:
                os.unlink(self._directory / name)


def _name(alert: int, attempts: int) -> str:
    return f"{alert}-{attempts}"
