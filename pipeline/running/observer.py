"""Who watches the work on dumps: the daemon's log and live record, or a progress bar."""

from __future__ import annotations

from typing import Protocol

from pipeline.journal.rows import DumpRow
from pipeline.model import CoreFacts


class Observer(Protocol):
    """Told what happens. Must be quick and never raise."""

    def note(self, row: DumpRow, text: str) -> None:
        """Something happened to this dump that a person should be able to read."""

    def facts(self, row: DumpRow, facts: CoreFacts) -> None:
        """Something new is known of where the dump comes from."""

    def progress(
        self, row: DumpRow, phase: str, done: int, total: int | None, file_bytes: int
    ) -> None:
        """How far the current phase is, in bytes; `total` None while nobody knows."""

    def idle(self, row: DumpRow) -> None:
        """Nothing is being done with this dump any more, for now or for good."""
