"""A desk that remembers what was handed in, whatever becomes of it on the routes."""

from __future__ import annotations

from typing import Any

from pipeline.journal import Journal
from pipeline.model import Alert
from pipeline.owing import Desk, Destination


class Remembering(Desk):
    """Owes everything to one route, `ops`."""

    def __init__(self, journal: Journal) -> None:
        super().__init__(journal, [Destination(name="ops")])
        self.told: list[Alert] = []

    def owe(self, dump: int | None, alert: Alert, now: float, **how: Any) -> None:
        super().owe(dump, alert, now, **how)
        self.told.append(alert)

    def events(self) -> list[str]:
        return [alert.event for alert in self.told]


def lines_of(alert: Alert) -> dict[str, str]:
    """Its lines by their labels."""
    found = dict(alert.lines)
    assert len(found) == len(alert.lines)
    return found
