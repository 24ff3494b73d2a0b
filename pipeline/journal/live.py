"""What happens at this moment, for `panicpipe status`; empty when the daemon is idle."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from typing import Any

import msgspec

from pipeline.journal.rows import LiveRow, live_row
from pipeline.journal.transactions import transaction, unsynced


class Live:
    """Progress of the dumps being worked on, and files passed over."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def report(self, row: LiveRow) -> None:
        with unsynced(self._connection):
            self._connection.execute(
                "INSERT OR REPLACE INTO live "
                "(dump, phase, done, total, bytes, rate, updated, facts) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    row.dump,
                    row.phase,
                    row.done,
                    row.total,
                    row.bytes,
                    row.rate,
                    row.updated,
                    msgspec.json.encode(dict(row.facts)).decode(),
                ),
            )

    def remove(self, dump: int) -> None:
        with unsynced(self._connection):
            self._connection.execute("DELETE FROM live WHERE dump = ?", (dump,))

    def clear(self) -> None:
        with unsynced(self._connection):
            self._connection.execute("DELETE FROM live")

    def all(self) -> dict[int, LiveRow]:
        return {
            row["dump"]: live_row(row) for row in self._connection.execute("SELECT * FROM live")
        }

    def pass_over(self, source: str, names: Mapping[bytes, str]) -> None:
        """Replace the list of what lies in a source and can be no dump."""
        if self.passed_over(source) == dict(names):
            return
        with transaction(self._connection):
            self._connection.execute("DELETE FROM passed_over WHERE source = ?", (source,))
            self._connection.executemany(
                "INSERT INTO passed_over (source, raw_name, reason) VALUES (?, ?, ?)",
                [(source, name, reason) for name, reason in names.items()],
            )

    def passed_over(self, source: str) -> dict[bytes, str]:
        rows = self._connection.execute(
            "SELECT raw_name, reason FROM passed_over WHERE source = ?", (source,)
        )
        return {row["raw_name"]: row["reason"] for row in rows}

    def all_passed_over(self) -> list[tuple[str, bytes, str]]:
        rows = self._connection.execute(
            "SELECT source, raw_name, reason FROM passed_over ORDER BY source, raw_name"
        )
        return [(row["source"], row["raw_name"], row["reason"]) for row in rows]


class Requests:
    """What a command asked of the daemon."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(self, action: str, dump: int, now: float) -> None:
        self._connection.execute(
            "INSERT INTO requests (action, dump, created) VALUES (?, ?, ?)", (action, dump, now)
        )

    def all(self) -> list[tuple[int, str, int]]:
        rows: list[Mapping[str, Any]] = self._connection.execute(
            "SELECT * FROM requests ORDER BY id"
        ).fetchall()
        return [(row["id"], row["action"], row["dump"]) for row in rows]

    def remove(self, number: int) -> None:
        self._connection.execute("DELETE FROM requests WHERE id = ?", (number,))
