"""What is wrong with the machine until it is over: told once, again every day, and when it is over.

All of it is in the journal, so that a restart tells nothing again.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.journal import Journal
from pipeline.journal.conditions import Condition
from pipeline.model import Alert
from pipeline.owing import Desk

_AGAIN = 86400.0
"""Seconds after which it is told once more, while it lasts."""
_TOLD = "told:"

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
        since = now if known is None else min(known.since, now)
        told = None if known is None else min(self._told(known), now)
        telling = now if told is None or now - told >= _AGAIN else told
        with self._journal.transaction():
            self._put(Condition(name=name, since=since, text=text))
            self._put(Condition(name=_TOLD + name, since=telling, text=""))
            if telling != told:
                self._desk.owe(None, tell(since), now)
        return telling != told

    def over(self, name: str, tell: Telling, now: float) -> bool:
        """Put on record that it holds no more; tells of it, and returns True, where it did."""
        known = self._journal.conditions.find(name)
        if known is None:
            return False
        with self._journal.transaction():
            self.forget(name)
            self._desk.owe(None, tell(min(known.since, now)), now)
        return True

    def forget(self, name: str) -> None:
        """Nobody asks any more whether it holds."""
        with self._journal.transaction():
            self._journal.conditions.clear(name)
            self._journal.conditions.clear(_TOLD + name)

    def _told(self, known: Condition) -> float:
        told = self._journal.conditions.find(_TOLD + known.name)
        return known.since if told is None else told.since

    def _put(self, condition: Condition) -> None:
        """Write only what is news: this is asked every few seconds."""
        if self._journal.conditions.find(condition.name) != condition:
            self._journal.conditions.put(condition.name, condition.since, condition.text)
