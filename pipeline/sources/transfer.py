"""One file of the watched directory, held open from its first sighting to its verdict."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import dataclass

from pipeline import Evidence, Identity, Transfer
from pipeline.sources import open_files
from pipeline.sources.closes import Closes, identity_of
from pipeline.sources.open_directory import free_bytes
from pipeline.sources.settling import Close, Stillness, silence, why_finished

ASK_AGAIN_SECONDS = 2.0
"""How long an answer about writers is good for, unless another close is seen."""


@dataclass(frozen=True, kw_only=True)
class _Answer:
    """Whether another process had the file open for writing, when asked after a close."""

    has_writers: bool | None
    close: Close
    at: float


class DirectoryTransfer(Transfer):
    """Everything goes by the descriptor, so renaming or deleting the file disturbs nothing."""

    def __init__(
        self,
        fd: int,
        *,
        closes: Closes,
        settle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        writers: Callable[[int], bool | None] = open_files.writers,
    ) -> None:
        self._fd: int | None = fd
        self._closes = closes
        self._settle_seconds = settle_seconds
        self._clock = clock
        self._writers = writers
        self._answer: _Answer | None = None
        self._still = Stillness(identity=identity_of(os.fstat(fd)), since=clock())
        self._least_free = free_bytes(fd)

    @property
    def fd(self) -> int:
        if self._fd is None:
            raise ValueError("the transfer is closed")
        return self._fd

    def look(self) -> Identity:
        self._still = self._still.seen(identity_of(os.fstat(self.fd)), self._clock())
        self._least_free = min(self._least_free, free_bytes(self.fd))
        return self._still.identity

    def finished(self) -> str | None:
        close = self._closes.of(self.look().inode)
        return why_finished(
            self._still,
            close,
            now=self._clock(),
            settle_seconds=self._settle_seconds,
            has_writers=self._has_writers,
        )

    def evidence(self) -> Evidence:
        close = self._closes.of(self._still.identity.inode)
        return Evidence(
            least_free_bytes=self._least_free,
            silence_seconds=silence(self._still, close, now=self._clock()),
        )

    @property
    def linked(self) -> bool:
        return os.fstat(self.fd).st_nlink > 0

    def close(self) -> None:
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def _has_writers(self, close: Close) -> bool | None:
        now, answer = self._clock(), self._answer
        if answer is None or answer.close is not close or now - answer.at >= ASK_AGAIN_SECONDS:
            answer = _Answer(has_writers=self._writers(self.fd), close=close, at=now)
            self._answer = answer
        return answer.has_writers
