"""What is wrong with the machine until it is over: told once, again every day, and when it is over.

All of it is in the journal, so that a restart tells nothing again.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.journal import Journal
from pipeline.model import Alert
from pipeline.owing import Desk

_AGAIN = 86400.0
"""Seconds after which it is told once more, while it lasts."""
_SINCE = "since:"

Telling = Callable[[float], Alert]
"""Makes the alert, given when it began."""


class Standing:
    """Tells of conditions by their names, such as `disk.low:directory`."""

    def __init__(self, journal: Journal, desk: Desk) -> None:
        self._journal = journal
        self._desk = desk

    def holds(self, name: str, text: str, tell: Telling, now: float) -> bool:
        """Put on record that it holds; returns whether that was told now.

        A clock that is set back brings no alert, and keeps none away for more than a day.
        """
        known = self._journal.conditions.find(name)
        told = None if known is None else min(known.since, now)
        if told is not None and now - told < _AGAIN:
            if known is not None and (known.since, known.text) != (told, text):
                self._journal.conditions.put(name, told, text)
            return False
        since = now if told is None else min(self._since(name, told), now)
        with self._journal.transaction():
            self._journal.conditions.put(_SINCE + name, since, "")
            self._journal.conditions.put(name, now, text)
            self._desk.owe(None, tell(since), now)
        return True

    def over(self, name: str, tell: Telling, now: float) -> bool:
        """Put on record that it holds no more; tells of it, and returns True, where it did."""
        known = self._journal.conditions.find(name)
        if known is None:
            return False
        since = min(self._since(name, known.since), now)
        with self._journal.transaction():
            self.forget(name)
            self._desk.owe(None, tell(since), now)
        return True

    def forget(self, name: str) -> None:
        """Nobody asks any more whether it holds."""
        with self._journal.transaction():
            self._journal.conditions.clear(name)
            self._journal.conditions.clear(_SINCE + name)

    def _since(self, name: str, otherwise: float) -> float:
        began = self._journal.conditions.find(_SINCE + name)
        return otherwise if began is None else began.since
