"""Trying again what a passing fault stopped, as long as some try brings something."""

from __future__ import annotations

import time
from collections.abc import Sequence

from pipeline.errors import TryAgain
from pipeline.retrieval.faults import ArchiveFault

PAUSES = (1.0, 2.0, 5.0, 10.0, 20.0)
"""Seconds between tries that bring nothing."""


class Patience:
    """Counts the tries of one piece of work."""

    def __init__(self, pauses: Sequence[float] = PAUSES, advice: str = "") -> None:
        self._pauses = pauses
        self._advice = advice
        self._tries = 0
        self._reached = 0

    def after(self, fault: TryAgain, reached: int) -> None:
        """Wait before the next try; ArchiveFault when there have been enough.

        `reached` grows where a try brought something: then counting begins anew.
        """
        if reached > self._reached:
            self._tries = 0
        self._reached = reached
        if self._tries == len(self._pauses):
            raise ArchiveFault(f"{fault}{self._advice}") from None
        time.sleep(self._pauses[self._tries])
        self._tries += 1
