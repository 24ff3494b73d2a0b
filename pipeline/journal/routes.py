"""How sending goes, route by route."""

from __future__ import annotations

import sqlite3

from pipeline.journal.rows import RouteRow


class Routes:
    """The table of routes; a row for each that the daemon was last started with."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self) -> list[RouteRow]:
        rows = self._connection.execute("SELECT * FROM routes ORDER BY name")
        return [RouteRow(**dict(row)) for row in rows]

    def find(self, name: str) -> RouteRow:
        """Return what is known of a route; of one that nothing is known of, that all is well."""
        row = self._connection.execute("SELECT * FROM routes WHERE name = ?", (name,)).fetchone()
        return RouteRow(name=name) if row is None else RouteRow(**dict(row))

    def add(self, name: str) -> None:
        self._connection.execute("INSERT OR IGNORE INTO routes (name) VALUES (?)", (name,))

    def remove(self, name: str) -> None:
        self._connection.execute("DELETE FROM routes WHERE name = ?", (name,))

    def succeed(self, name: str, now: float) -> None:
        """Record that something got through: whatever was wrong is over."""
        self.add(name)
        self._connection.execute(
            "UPDATE routes SET last_sent = ?, failing_since = NULL, failures = 0, error = NULL, "
            "not_before = 0 WHERE name = ?",
            (now, name),
        )

    def fail(self, name: str, error: str) -> int:
        """Count a failure; returns how many there were in a row."""
        self.add(name)
        row = self._connection.execute(
            "UPDATE routes SET failures = failures + 1, error = ? WHERE name = ? "
            "RETURNING failures",
            (error, name),
        ).fetchone()
        return int(row[0])

    def begin_to_fail(self, name: str, now: float) -> None:
        """Record that it is more than a passing fault; since when stands where it stood before."""
        self._connection.execute(
            "UPDATE routes SET failing_since = coalesce(failing_since, ?) WHERE name = ?",
            (now, name),
        )

    def rest(self, name: str, until: float) -> None:
        """Leave the service alone, as it asked for."""
        self.add(name)
        self._connection.execute("UPDATE routes SET not_before = ? WHERE name = ?", (until, name))

    def tell(self, name: str, now: float) -> None:
        """Record that the other routes are told of it."""
        self._connection.execute("UPDATE routes SET told = ? WHERE name = ?", (now, name))
