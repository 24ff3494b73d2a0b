"""Owes alerts to the routes that take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.journal import Journal
from pipeline.model import Alert
from pipeline.owing.rule import Rule


@dataclass(frozen=True, kw_only=True)
class Destination:
    """A route, and what it is to get."""

    name: str
    rule: Rule = field(default_factory=Rule)


class Desk:
    """Where all alerts are handed in; what it writes takes effect with the caller's transaction."""

    def __init__(self, journal: Journal, destinations: Sequence[Destination]) -> None:
        self._journal = journal
        self._destinations = tuple(destinations)

    def owe(self, dump: int | None, alert: Alert, now: float, *, but: str | None = None) -> None:
        """Owe it to every route that takes it, `but` one; `dump` is None where it is about none."""
        for destination in self._destinations:
            if destination.name != but and destination.rule.takes(alert):
                self._journal.outbox.owe(dump, [destination.name], alert, now)

    def supersede(self, dump: int, by: int) -> None:
        """Owe nothing more of an older revision: it says nothing that the newer one does not."""
        self._journal.outbox.supersede(dump, by)
