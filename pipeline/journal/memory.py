"""What stages remember between two runs of one step, such as the parts of an upload."""

from __future__ import annotations

import sqlite3
from typing import Any

import msgspec

from pipeline.journal.rows import OPEN_STATES, State


class Memory:
    """The table of what stages remember; rows go when their step is done or abandoned."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def keep(self, dump: int, stage: str, key: str, value: Any) -> None:
        """Keep a JSON value; None forgets it."""
        if value is None:
            self._connection.execute(
                "DELETE FROM memory WHERE dump = ? AND stage = ? AND key = ?", (dump, stage, key)
            )
            return
        self._connection.execute(
            "INSERT INTO memory (dump, stage, key, value) VALUES (?, ?, ?, ?) "
            "ON CONFLICT (dump, stage, key) DO UPDATE SET value = excluded.value",
            (dump, stage, key, msgspec.json.encode(value).decode()),
        )

    def value(self, dump: int, stage: str, key: str) -> Any:
        row = self._connection.execute(
            "SELECT value FROM memory WHERE dump = ? AND stage = ? AND key = ?", (dump, stage, key)
        ).fetchone()
        return None if row is None else msgspec.json.decode(row["value"])

    def sizes(self, dump: int, stage: str) -> dict[str, int]:
        """How many bytes of JSON are kept under each key."""
        rows = self._connection.execute(
            "SELECT key, length(CAST(value AS BLOB)) AS size FROM memory "
            "WHERE dump = ? AND stage = ?",
            (dump, stage),
        )
        return {row["key"]: row["size"] for row in rows}

    def stages(self, dump: int) -> list[str]:
        """Stages that remember something about this dump."""
        rows = self._connection.execute("SELECT DISTINCT stage FROM memory WHERE dump = ?", (dump,))
        return [row["stage"] for row in rows]

    def forget(self, dump: int, stage: str) -> None:
        self._connection.execute("DELETE FROM memory WHERE dump = ? AND stage = ?", (dump, stage))

    def orphans(self) -> list[tuple[int, str]]:
        """Dumps and stages that remember something which no run will ever ask for."""
        marks = ", ".join("?" for _ in (*OPEN_STATES, State.PARKED))
        rows = self._connection.execute(
            "SELECT DISTINCT memory.dump, stage FROM memory "  # noqa: S608
            "JOIN dumps ON dumps.id = memory.dump "
            f"WHERE dumps.state NOT IN ({marks}) "
            # Only what is current can be taken up again.
            "OR (dumps.state = 'parked' AND NOT dumps.current) ORDER BY memory.dump",
            (*OPEN_STATES, State.PARKED),
        )
        return [(row["dump"], row["stage"]) for row in rows]
