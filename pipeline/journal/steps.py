"""Which steps of a dump are done, how often one failed, and the files that each made."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from pipeline.journal.rows import ArtifactRow, State, StepRow, artifact_row, signed, step_row
from pipeline.journal.transactions import transaction
from pipeline.model import Artifact

READ = "read"
"""The step before all stages: reading the dump to its verdict."""


class Steps:
    """The tables of steps and artifacts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def of(self, dump: int) -> dict[str, StepRow]:
        rows = self._connection.execute(
            "SELECT * FROM steps WHERE dump = ? ORDER BY rowid", (dump,)
        )
        return {row["stage"]: step_row(row) for row in rows}

    def fail(self, dump: int, stage: str, error: str) -> int:
        """Count one failed attempt; returns how many there were."""
        return self._count(dump, stage, "attempts", error)

    def hearten(self, dump: int, stage: str) -> None:
        """Count its failures anew: it got further this time, and need not wait long."""
        self._connection.execute(
            "UPDATE steps SET attempts = 0 WHERE dump = ? AND stage = ?", (dump, stage)
        )

    def die(self, dump: int, stage: str, error: str) -> int:
        """Count one death of a worker at this step; returns how many there were."""
        return self._count(dump, stage, "deaths", error)

    def tell(self, dump: int, stage: str, now: float) -> None:
        """Record that people are told of its failures."""
        self._connection.execute(
            "UPDATE steps SET told = ? WHERE dump = ? AND stage = ?", (now, dump, stage)
        )

    def _count(self, dump: int, stage: str, column: str, error: str) -> int:
        """A step that is done stays so, and one whose files are being published as well."""
        row = self._connection.execute(
            f"INSERT INTO steps (dump, stage, state, {column}, error) "  # noqa: S608
            f"VALUES (?, ?, 'failed', 1, ?) ON CONFLICT (dump, stage) DO UPDATE SET "
            f"{column} = {column} + 1, error = excluded.error "
            f"RETURNING {column}",
            (dump, stage, error),
        ).fetchone()
        return int(row[0])

    def forgive(self, dump: int) -> None:
        """Forget the failures, so that a retry starts afresh; what stages have done stays done."""
        self._connection.execute(
            "DELETE FROM steps WHERE dump = ? AND (state = 'failed' OR stage = ?)", (dump, READ)
        )

    def intend(
        self,
        dump: int,
        stage: str,
        *,
        facts: Mapping[str, Any],
        ends: str | None,
        artifacts: Sequence[ArtifactRow],
        releases: Sequence[str] = (),
    ) -> list[ArtifactRow]:
        """Record a step's whole result before its files get their final names.

        What earlier steps made of the kinds in `releases` is needed no more once it is done.
        """
        with transaction(self._connection):
            self._connection.execute(
                "INSERT INTO steps (dump, stage, state, facts, ends) "
                "VALUES (?, ?, 'publishing', ?, ?) ON CONFLICT (dump, stage) DO UPDATE SET "
                "state = 'publishing', facts = excluded.facts, ends = excluded.ends, error = NULL",
                (dump, stage, msgspec.json.encode(dict(facts)).decode(), ends),
            )
            self._connection.executemany(
                "UPDATE artifacts SET released_by = ? WHERE dump = ? AND kind = ? AND published "
                "AND removed IS NULL AND released_by IS NULL",
                [(stage, dump, kind) for kind in releases],
            )
            for made in artifacts:
                self._connection.execute(
                    "INSERT INTO artifacts (dump, stage, kind, directory, temporary, name, "
                    "suffix, inode, size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    (
                        dump,
                        stage,
                        made.kind,
                        made.directory,
                        made.temporary,
                        made.name,
                        made.suffix,
                        signed(made.inode),
                        made.size,
                    ),
                )
        return self.unpublished(dump)

    def name(self, artifact: int, name: str) -> None:
        """Record another final name, before it is tried."""
        self._connection.execute("UPDATE artifacts SET name = ? WHERE id = ?", (name, artifact))

    def complete(self, dump: int, stage: str, now: float) -> None:
        """All files of this step stand under their final names: the step is done.

        What went wrong before stays on record, what it remembered for another run is forgotten.
        Nothing happens where the step has none.
        """
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE artifacts SET published = 1 WHERE dump = ? AND stage = ?", (dump, stage)
            )
            self._connection.execute(
                "UPDATE steps SET state = 'done', finished = ? WHERE dump = ? AND stage = ?",
                (now, dump, stage),
            )
            self._connection.execute(
                "DELETE FROM memory WHERE dump = ? AND stage = ?", (dump, stage)
            )

    def forget(self, dump: int, stage: str) -> None:
        """Take back an intention whose files are lost: the step must run again."""
        with transaction(self._connection):
            self._connection.execute(
                "DELETE FROM artifacts WHERE dump = ? AND stage = ? AND NOT published",
                (dump, stage),
            )
            self._connection.execute(
                "UPDATE artifacts SET released_by = NULL WHERE dump = ? AND released_by = ? "
                "AND removed IS NULL",
                (dump, stage),
            )
            self._connection.execute(
                "DELETE FROM steps WHERE dump = ? AND stage = ? AND state = 'publishing'",
                (dump, stage),
            )

    def undo(self, dump: int, stage: str) -> None:
        """Take back a step that is done, and what it released and is still there."""
        with transaction(self._connection):
            self._connection.execute(
                "UPDATE artifacts SET released_by = NULL WHERE dump = ? AND released_by = ? "
                "AND removed IS NULL",
                (dump, stage),
            )
            self._connection.execute(
                "DELETE FROM steps WHERE dump = ? AND stage = ? AND state = 'done'", (dump, stage)
            )

    def released_makers(self, dump: int, stage: str) -> list[str]:
        """Return the stages that made what this one released and what is there no more."""
        rows = self._connection.execute(
            "SELECT DISTINCT stage FROM artifacts WHERE dump = ? AND released_by = ? "
            "AND removed IS NOT NULL",
            (dump, stage),
        )
        return [row["stage"] for row in rows]

    def unpublished(self, dump: int | None = None) -> list[ArtifactRow]:
        rows = self._connection.execute(
            "SELECT * FROM artifacts WHERE NOT published AND (?1 IS NULL OR dump = ?1) ORDER BY id",
            (dump,),
        )
        return [artifact_row(row) for row in rows]

    def owned_temporaries(self) -> set[str]:
        """Names of temporary files that will yet be published."""
        rows = self._connection.execute(
            "SELECT temporary FROM artifacts JOIN dumps ON dumps.id = artifacts.dump "
            "WHERE NOT published AND dumps.state NOT IN (?, ?)",
            (State.SUPERSEDED, State.GONE),
        )
        return {row["temporary"] for row in rows}

    def artifacts(self, dump: int) -> list[Artifact]:
        """What is published for a dump and still there, in the order it was made."""
        rows = self._connection.execute(
            "SELECT * FROM artifacts WHERE published AND removed IS NULL AND released_by IS NULL "
            "AND dump = ? ORDER BY id",
            (dump,),
        )
        return [
            Artifact(
                stage=row["stage"],
                kind=row["kind"],
                path=f"{row['directory'].rstrip('/')}/{row['name']}",
                size=row["size"],
            )
            for row in rows
        ]

    def released(self, dump: int | None = None) -> list[ArtifactRow]:
        """What nobody needs any more, since a later step is done, and is not removed yet."""
        rows = self._connection.execute(
            "SELECT artifacts.* FROM artifacts JOIN steps ON steps.dump = artifacts.dump "
            "AND steps.stage = artifacts.released_by WHERE steps.state = 'done' "
            "AND artifacts.removed IS NULL AND (?1 IS NULL OR artifacts.dump = ?1) "
            "ORDER BY artifacts.id",
            (dump,),
        )
        return [artifact_row(row) for row in rows]

    def kept(self, dump: int) -> list[ArtifactRow]:
        """What was published for a dump and is still there."""
        rows = self._connection.execute(
            "SELECT * FROM artifacts WHERE published AND removed IS NULL AND dump = ? ORDER BY id",
            (dump,),
        )
        return [artifact_row(row) for row in rows]

    def outdated(self) -> list[ArtifactRow]:
        """What is still there of revisions that newer ones took over from."""
        rows = self._connection.execute(
            "SELECT artifacts.* FROM artifacts JOIN dumps ON dumps.id = artifacts.dump "
            "WHERE published AND artifacts.removed IS NULL AND dumps.state = ? "
            "ORDER BY artifacts.id",
            (State.SUPERSEDED,),
        )
        return [artifact_row(row) for row in rows]

    def removed(self, dump: int) -> list[ArtifactRow]:
        """What was published for a dump and is not kept any more: the record of it stays."""
        rows = self._connection.execute(
            "SELECT * FROM artifacts WHERE published AND dump = ? "
            "AND (removed IS NOT NULL OR released_by IS NOT NULL) ORDER BY id",
            (dump,),
        )
        return [artifact_row(row) for row in rows]

    def mark_removed(self, artifact: int, why: str, now: float) -> None:
        """Record that an artifact's file is there no more."""
        self._connection.execute(
            "UPDATE artifacts SET removed = ?, removed_why = ? WHERE id = ? AND removed IS NULL",
            (now, why, artifact),
        )
