"""What arrived, and where each dump stands."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

import msgspec

from pipeline.journal.rows import OPEN_STATES, DumpRow, State, dump_row, signed, storable
from pipeline.model import Identity, Inspection, Verdict


class Dumps:
    """The table of dumps; one row for each revision of each file."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def add(
        self,
        *,
        source: str,
        raw_name: bytes,
        identity: Identity,
        now: float,
        previous: DumpRow | None = None,
        reuses: int | None = None,
    ) -> DumpRow:
        """Record a file just seen, or a further revision of `previous`."""
        if previous is not None:
            self._connection.execute("UPDATE dumps SET current = 0 WHERE id = ?", (previous.id,))
        cursor = self._connection.execute(
            "INSERT INTO dumps (source, raw_name, inode, size, mtime_ns, revision, previous, "
            "reuses, state, arrived) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                source,
                raw_name,
                signed(identity.inode),
                identity.size,
                storable(identity.mtime_ns),
                1 if previous is None else previous.revision + 1,
                None if previous is None else previous.id,
                reuses,
                State.ARRIVING,
                now,
            ),
        )
        assert cursor.lastrowid is not None  # noqa: S101  an INSERT always sets it
        return self.get(cursor.lastrowid)

    def get(self, number: int) -> DumpRow:
        """Return the row; KeyError where there is none."""
        row = self.find(number)
        if row is None:
            raise KeyError(number)
        return row

    def find(self, number: int) -> DumpRow | None:
        row = self._connection.execute("SELECT * FROM dumps WHERE id = ?", (number,)).fetchone()
        return None if row is None else dump_row(row)

    def newer(self, number: int) -> int | None:
        """The revision that took this one's place."""
        row = self._connection.execute("SELECT id FROM dumps WHERE previous = ?", (number,))
        found = row.fetchone()
        return None if found is None else int(found[0])

    def current(self, source: str | None = None) -> list[DumpRow]:
        """The newest revision of every file ever seen, oldest first."""
        rows = self._connection.execute(
            "SELECT * FROM dumps WHERE current AND (?1 IS NULL OR source = ?1) ORDER BY id",
            (source,),
        )
        return [dump_row(row) for row in rows]

    def by_state(self, *states: State, limit: int = -1) -> list[DumpRow]:
        """Rows in any of these states, newest first."""
        marks = ", ".join("?" for _ in states)
        rows = self._connection.execute(
            f"SELECT * FROM dumps WHERE state IN ({marks}) ORDER BY id DESC LIMIT ?",  # noqa: S608
            (*states, limit),
        )
        return [dump_row(row) for row in rows]

    def counts(self) -> Mapping[State, int]:
        rows = self._connection.execute("SELECT state, count(*) FROM dumps GROUP BY state")
        return {State(state): count for state, count in rows}

    def verdicts(self, after: float, until: float) -> Mapping[Verdict, int]:
        """Count by their verdicts the dumps that were judged in this time, each once."""
        rows = self._connection.execute(
            "SELECT json_extract(inspection, '$.verdict') AS verdict, count(*) FROM dumps "
            "WHERE current AND inspection IS NOT NULL AND state != ? "
            "AND finished > ? AND finished <= ? GROUP BY verdict",
            (State.IGNORED, after, until),
        )
        return {Verdict(verdict): count for verdict, count in rows}

    def rename(self, number: int, raw_name: bytes) -> None:
        self._connection.execute("UPDATE dumps SET raw_name = ? WHERE id = ?", (raw_name, number))

    def identify(self, number: int, identity: Identity) -> None:
        """Record what identifies the file now: on a remount without stable inodes, or judging."""
        self._connection.execute(
            "UPDATE dumps SET inode = ?, size = ?, mtime_ns = ? WHERE id = ?",
            (signed(identity.inode), identity.size, storable(identity.mtime_ns), number),
        )

    def judge(
        self, number: int, identity: Identity, inspection: Inspection, finish: str, now: float
    ) -> None:
        """Record the verdict; the steps come next."""
        self.identify(number, identity)
        self._connection.execute(
            "UPDATE dumps SET state = ?, inspection = ?, finish = ?, finished = ?, reason = NULL, "
            "next_try = NULL WHERE id = ?",
            (State.PENDING, msgspec.json.encode(inspection).decode(), finish, now, number),
        )

    def announce(self, number: int, now: float) -> None:
        """Record that the outcome is told, while background steps remain."""
        self._connection.execute(
            "UPDATE dumps SET state = ?, announced = ?, reason = NULL, next_try = NULL "
            "WHERE id = ?",
            (State.ARCHIVING, now, number),
        )

    def end(self, number: int, state: State, reason: str | None, now: float) -> None:
        """Record where its way has ended; a dump that is done has been announced by then."""
        self._connection.execute(
            "UPDATE dumps SET state = ?1, reason = ?2, ended = ?3, next_try = NULL, "
            "announced = CASE WHEN ?1 = ?4 THEN coalesce(announced, ?3) ELSE announced END "
            "WHERE id = ?5",
            (state, reason, now, State.DONE, number),
        )

    def postpone(self, number: int, reason: str, next_try: float) -> None:
        self._connection.execute(
            "UPDATE dumps SET reason = ?, next_try = ? WHERE id = ?", (reason, next_try, number)
        )

    def reopen(self, number: int) -> None:
        """Take a parked dump up again where it stopped."""
        self._connection.execute(
            "UPDATE dumps SET state = CASE WHEN inspection IS NULL THEN ? "
            "WHEN announced IS NULL THEN ? ELSE ? END, "
            "reason = NULL, ended = NULL, next_try = NULL WHERE id = ?",
            (State.ARRIVING, State.PENDING, State.ARCHIVING, number),
        )

    def restart(self, number: int, identity: Identity) -> None:
        """Look afresh at a file that was no dump and has changed: not worth a row each time."""
        self.identify(number, identity)
        self._connection.execute(
            "UPDATE dumps SET revision = revision + 1, state = ?, reason = NULL, "
            "inspection = NULL, finished = NULL, finish = NULL, ended = NULL, next_try = NULL "
            "WHERE id = ?",
            (State.ARRIVING, number),
        )

    def next_due(self, after: float) -> float | None:
        """Earliest `next_try` later than `after` of a dump that waits for one."""
        marks = ", ".join("?" for _ in OPEN_STATES)
        row = self._connection.execute(
            f"SELECT min(next_try) FROM dumps WHERE state IN ({marks}) AND next_try > ?",  # noqa: S608
            (*OPEN_STATES, after),
        ).fetchone()
        return None if row[0] is None else float(row[0])
