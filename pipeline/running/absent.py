"""The stand-in for a dump's file where no stage that remains reads it.

Nothing is held open for the days that an upload may wait, and whoever was told that the dump is
complete may move its file away.
"""

from __future__ import annotations

from pipeline.errors import UnreadableFile
from pipeline.model import Evidence, Identity
from pipeline.plugin import Transfer


class Absent(Transfer):
    """A file as it is on record, whatever has become of it."""

    def __init__(self, recorded: Identity) -> None:
        self._recorded = recorded

    @property
    def fd(self) -> int:
        raise UnreadableFile("the dump's own file is not open: no stage that remains reads it")

    def look(self) -> Identity:
        return self._recorded

    def finished(self) -> str:
        return "judged before"

    def evidence(self) -> Evidence:
        return Evidence()

    @property
    def linked(self) -> bool:
        return True

    def close(self) -> None:
        """Nothing is open."""
