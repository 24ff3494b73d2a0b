"""What holds of the machine itself until it is over, such as a volume that is nearly full."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from pipeline.journal.transactions import unsynced


@dataclass(frozen=True, kw_only=True)
class Condition:
    """One thing that holds now."""

    name: str
    """Such as `disk.low:directory`; what stands before the colon says of what kind it is."""
    since: float
    text: str


class Conditions:
    """The table of conditions; a row is there for as long as its condition holds."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, name: str) -> Condition | None:
        row = self._connection.execute(
            "SELECT * FROM conditions WHERE name = ?", (name,)
        ).fetchone()
        return None if row is None else Condition(**dict(row))

    def of_kind(self, kind: str) -> list[Condition]:
        rows = self._connection.execute(
            "SELECT * FROM conditions WHERE substr(name, 1, ?) = ? ORDER BY name",
            (len(kind) + 1, f"{kind}:"),
        )
        return [Condition(**dict(row)) for row in rows]

    def put(self, name: str, since: float, text: str) -> None:
        self._connection.execute(
            "INSERT INTO conditions (name, since, text) VALUES (?, ?, ?) "
            "ON CONFLICT (name) DO UPDATE SET since = excluded.since, text = excluded.text",
            (name, since, text),
        )

    def note(self, name: str, since: float, text: str) -> None:
        """Put what is told often, and may be lost with the machine."""
        with unsynced(self._connection):
            self.put(name, since, text)

    def clear(self, name: str) -> None:
        self._connection.execute("DELETE FROM conditions WHERE name = ?", (name,))
