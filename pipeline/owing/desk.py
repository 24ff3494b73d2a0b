"""Owes alerts to the routes that take them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.journal import Journal
from pipeline.model import Alert
from pipeline.owing.grouping import Grouping
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
        self._grouping = Grouping(journal)

    def owe(self, dump: int | None, alert: Alert, now: float, *, but: str | None = None) -> None:
        """Owe it to every route that takes it, `but` one; `dump` is None where it is about none."""
        for destination in self._destinations:
            if destination.name != but and destination.rule.takes(alert):
                with self._journal.transaction():
                    self._owe_to(destination, dump, alert, now)

    def _owe_to(self, to: Destination, dump: int | None, alert: Alert, now: float) -> None:
        self._journal.outbox.supersede_topics(
            to.name, alert.supersedes, f"superseded by a newer alert ({alert.event})"
        )
        place = self._grouping.place(to.name, alert, to.rule.group_seconds, now)
        self._journal.outbox.owe(
            dump, [to.name], alert, now, group=place.group, held_until=place.held_until
        )

    def supersede(self, dump: int, by: int, newer: Alert) -> None:
        """Owe nothing more of an older revision to whoever is told of the newer one instead."""
        for destination in self._destinations:
            if destination.rule.takes(newer):
                self._journal.outbox.supersede(destination.name, dump, by)
