"""The bytes of an object that are here already."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field

from pipeline.retrieval.progress import Show

_CHUNK = 1 << 20


@dataclass
class Partial:
    """The first bytes of an object, in a file that we have locked."""

    name: str
    fd: int
    size: int = 0
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)

    def append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            written = os.pwrite(self.fd, view, self.size)
            self.digest.update(view[:written])
            self.size += written
            view = view[written:]

    def take_up(self, limit: int, show: Show) -> None:
        """Read what an earlier run has received; nothing of it where that is too much."""
        there = os.fstat(self.fd).st_size
        if there > limit:
            self.start_over()
        while data := os.pread(self.fd, _CHUNK, self.size):
            self.digest.update(data)
            self.size += len(data)
            show("checking what is there", self.size, there)

    def start_over(self) -> None:
        os.ftruncate(self.fd, 0)
        self.size, self.digest = 0, hashlib.sha256()

    def close(self) -> None:
        os.close(self.fd)
