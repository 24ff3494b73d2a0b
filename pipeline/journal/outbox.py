"""Alerts that are owed, route by route, until they are sent."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable

import msgspec

from pipeline.journal.rows import OwedAlert, owed_alert
from pipeline.model import Alert


class OutboxTable:
    """The table of alerts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def owe(self, dump: int | None, routes: Iterable[str], alert: Alert, now: float) -> None:
        """Owe one alert to every route; written in the transaction that it tells of.

        `dump` is None where it is about the machine itself.
        """
        text = msgspec.json.encode(alert).decode()
        self._connection.executemany(
            "INSERT INTO outbox (dump, route, alert, created) VALUES (?, ?, ?, ?)",
            [(dump, route, text, now) for route in routes],
        )

    def first(self, route: str) -> OwedAlert | None:
        """The oldest alert that this route still owes: alerts go out in order."""
        row = self._connection.execute(
            "SELECT * FROM outbox WHERE route = ? AND sent IS NULL AND dropped IS NULL "
            "ORDER BY id LIMIT 1",
            (route,),
        ).fetchone()
        return None if row is None else owed_alert(row)

    def pending(self) -> list[OwedAlert]:
        rows = self._connection.execute(
            "SELECT * FROM outbox WHERE sent IS NULL AND dropped IS NULL ORDER BY id"
        )
        return [owed_alert(row) for row in rows]

    def of(self, dump: int) -> list[OwedAlert]:
        rows = self._connection.execute("SELECT * FROM outbox WHERE dump = ? ORDER BY id", (dump,))
        return [owed_alert(row) for row in rows]

    def mark_sent(self, number: int, now: float) -> None:
        """Record a delivery; also of an alert that was superseded while it was on its way."""
        self._connection.execute(
            "UPDATE outbox SET sent = ?, dropped = NULL, attempts = attempts + 1, error = NULL "
            "WHERE id = ? AND sent IS NULL",
            (now, number),
        )

    def postpone(self, number: int, error: str, next_try: float) -> None:
        self._connection.execute(
            "UPDATE outbox SET attempts = attempts + 1, error = ?, next_try = ? WHERE id = ?",
            (error, next_try, number),
        )

    def drop(self, number: int, reason: str) -> None:
        """Owe this alert no longer, without it having been sent."""
        self._connection.execute(
            "UPDATE outbox SET dropped = ? WHERE id = ? AND sent IS NULL AND dropped IS NULL",
            (reason, number),
        )

    def supersede(self, dump: int, by: int) -> None:
        """What was not sent yet of an older revision says nothing that the newer one does not."""
        self._connection.execute(
            "UPDATE outbox SET dropped = ? WHERE dump = ? AND sent IS NULL AND dropped IS NULL",
            (f"superseded by dump {by}", dump),
        )
