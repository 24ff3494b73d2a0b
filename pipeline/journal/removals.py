"""What is still kept of every dump, and what retention removes of it.

A removal is on record before it happens: `removed_why` without `removed` is an intention, which
whoever comes back after a crash completes where the file is gone, and takes back where it is not.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from pipeline.journal.rows import ArtifactRow, DumpRow, State, artifact_row, dump_row
from pipeline.model import Kind, Verdict

_KEPT = "published AND removed IS NULL AND released_by IS NULL"


class Removals:
    """What concerns retention in the tables of dumps, steps and artifacts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def dumps(self) -> list[DumpRow]:
        """Every revision of every dump, oldest first; not what turned out to be none."""
        rows = self._connection.execute(
            "SELECT * FROM dumps WHERE state != ? ORDER BY id", (State.IGNORED,)
        )
        return [dump_row(row) for row in rows]

    def kept_artifacts(self) -> list[ArtifactRow]:
        """Files that stages made and nobody has removed, or is to remove as released."""
        rows = self._connection.execute(f"SELECT * FROM artifacts WHERE {_KEPT} ORDER BY id")  # noqa: S608
        return [artifact_row(row) for row in rows]

    def artifact(self, number: int) -> ArtifactRow | None:
        row = self._connection.execute(
            f"SELECT * FROM artifacts WHERE {_KEPT} AND id = ?",  # noqa: S608
            (number,),
        ).fetchone()
        return None if row is None else artifact_row(row)

    def finished_steps(self) -> Mapping[int, Mapping[str, bool]]:
        """The stages that are done, by dump; True for one that ended the chain early."""
        found: dict[int, dict[str, bool]] = {}
        for row in self._connection.execute(
            "SELECT dump, stage, ends IS NOT NULL AS ends FROM steps WHERE state = 'done'"
        ):
            found.setdefault(row["dump"], {})[row["stage"]] = bool(row["ends"])
        return found

    def asked_for(self) -> frozenset[int]:
        """Dumps that somebody has asked to be taken up again."""
        rows = self._connection.execute("SELECT dump FROM requests WHERE action = 'retry'")
        return frozenset(row["dump"] for row in rows)

    def last_ended(self) -> float:
        """When a dump's way has ended last: when it is worth while to look again."""
        row = self._connection.execute("SELECT max(ended) FROM dumps").fetchone()
        return float(row[0] or 0)

    def newest_event(self) -> float | None:
        """The latest time that is on record of any dump, by whatever clock it was taken."""
        row = self._connection.execute(
            "SELECT max(max(arrived, coalesce(finished, 0), coalesce(ended, 0))) FROM dumps"
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def sizes(self) -> tuple[int | None, int | None]:
        """Bytes of the last dump, and of the largest core that was complete."""
        last = self._connection.execute(
            "SELECT size FROM dumps WHERE inspection IS NOT NULL AND state != ? "
            "ORDER BY id DESC LIMIT 1",
            (State.IGNORED,),
        ).fetchone()
        largest = self._connection.execute(
            "SELECT max(size) FROM dumps WHERE json_extract(inspection, '$.verdict') = ? "
            "AND json_extract(inspection, '$.kind') = ?",
            (Verdict.COMPLETE, Kind.CORE),
        ).fetchone()
        return None if last is None else last[0], largest[0]

    # The dump's own file.

    def intend_core(self, dump: int, why: str) -> None:
        self._connection.execute(
            "UPDATE dumps SET removed_why = ? WHERE id = ? AND removed IS NULL", (why, dump)
        )

    def complete_core(self, dump: int, now: float) -> None:
        self._connection.execute(
            "UPDATE dumps SET removed = ? WHERE id = ? AND removed IS NULL", (now, dump)
        )

    def take_back_core(self, dump: int) -> None:
        self._connection.execute(
            "UPDATE dumps SET removed_why = NULL WHERE id = ? AND removed IS NULL", (dump,)
        )

    def intended_cores(self) -> list[DumpRow]:
        rows = self._connection.execute(
            "SELECT * FROM dumps WHERE removed_why IS NOT NULL AND removed IS NULL ORDER BY id"
        )
        return [dump_row(row) for row in rows]

    # What stages made.

    def intend_artifact(self, artifact: int, why: str) -> None:
        self._connection.execute(
            "UPDATE artifacts SET removed_why = ? WHERE id = ? AND removed IS NULL",
            (why, artifact),
        )

    def take_back_artifact(self, artifact: int) -> None:
        self._connection.execute(
            "UPDATE artifacts SET removed_why = NULL WHERE id = ? AND removed IS NULL",
            (artifact,),
        )

    def intended_artifacts(self) -> list[ArtifactRow]:
        rows = self._connection.execute(
            f"SELECT * FROM artifacts WHERE {_KEPT} AND removed_why IS NOT NULL ORDER BY id"  # noqa: S608
        )
        return [artifact_row(row) for row in rows]
