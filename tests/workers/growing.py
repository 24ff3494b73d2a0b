"""A dump that arrives as the test writes it."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.model import Evidence, Identity
from pipeline.plugin import Transfer


class Trickle(Transfer):
    """A file that this test writes to, and that is over when the test says so."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w+b", buffering=0)
        self.over: str | None = None

    @property
    def fd(self) -> int:
        return self._file.fileno()

    def write(self, data: bytes) -> None:
        self._file.write(data)

    def look(self) -> Identity:
        found = os.fstat(self.fd)
        return Identity(inode=found.st_ino, size=found.st_size, mtime_ns=found.st_mtime_ns)

    def finished(self) -> str | None:
        return self.over

    def evidence(self) -> Evidence:
        return Evidence()

    @property
    def linked(self) -> bool:
        return True

    def close(self) -> None:
        self._file.close()
