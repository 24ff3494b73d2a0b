"""A patience that no load of the machine shortens."""

from __future__ import annotations

from pipeline.machine.patience import Patience


class Waiting(Patience):
    """Looks a few times, however long that takes."""

    def __init__(self) -> None:
        self._left = 30

    def is_left(self) -> bool:
        self._left -= 1
        return self._left >= 0
