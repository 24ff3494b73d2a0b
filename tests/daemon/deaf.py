"""A notifier for tests that read what is owed in the journal: quick, and it tells nobody."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import Message, Notifier, Rejected


@dataclass(frozen=True, kw_only=True)
class Deaf(Notifier):
    """Refuses everything, so that nothing is tried again."""

    def send(self, message: Message) -> None:
        raise Rejected("deaf")
