"""What a worker may have remembered for its step. It is trusted less: all of it is bounded."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.errors import WireError
from pipeline.journal.memory import Memory
from pipeline.workers.wire import (
    KEY,
    MOST_KEYS,
    MOST_MEMORY,
    MOST_REMEMBERED,
    Recall,
    Recalled,
    Remember,
)


class Memories:
    """One step's memory, while one worker is at it."""

    def __init__(self, memory: Memory, dump: int, stage: str) -> None:
        self._memory = memory
        self._dump = dump
        self._stage = stage
        self._sizes = memory.sizes(dump, stage)
        self._total = sum(self._sizes.values())
        self._before = len(self._sizes)

    @property
    def grew(self) -> bool:
        """Whether this worker has left more to go on with than it found."""
        return len(self._sizes) > self._before

    def answer(self, message: Remember | Recall) -> Recalled:
        """Keep, or look up; WireError where that is more than any stage may ask for."""
        if not KEY.fullmatch(message.key):
            raise WireError("something remembered under an impossible key")
        if isinstance(message, Remember):
            self._keep(message.key, message.value)
        return Recalled(self._memory.value(self._dump, self._stage, message.key))

    def _keep(self, key: str, value: Any) -> None:
        size = 0 if value is None else len(msgspec.json.encode(value))
        total = self._total - self._sizes.get(key, 0) + size
        keys = len(self._sizes) + (key not in self._sizes)
        if size > MOST_MEMORY or total > MOST_REMEMBERED or keys > MOST_KEYS:
            raise WireError("more to remember than is kept for any step")
        self._memory.keep(self._dump, self._stage, key, value)
        self._total = total
        if value is None:
            self._sizes.pop(key, None)
        else:
            self._sizes[key] = size
