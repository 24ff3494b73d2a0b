"""Alike alerts of one route: the windows in which they are collected, and those held meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from pipeline.journal.rows import OwedAlert, owed_alert
from pipeline.model import Alert

_OUTBOX = "outbox INDEXED BY outbox_owed"  # of which few are not settled
_HELD = "held_until IS NOT NULL AND digest IS NULL AND sent IS NULL AND dropped IS NULL"


@dataclass(frozen=True, kw_only=True)
class Window:
    """A time in which alike alerts are collected."""

    opened: float
    until: float
    seconds: float
    """How long it is, whatever the clock does meanwhile."""


class Groups:
    """The table of windows, and the alerts that are held."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, route: str, key: str) -> Window | None:
        """Return the last window of a group, which may be over."""
        row = self._connection.execute(
            "SELECT opened, until, seconds FROM alert_groups WHERE route = ? AND key = ?",
            (route, key),
        ).fetchone()
        return None if row is None else Window(**dict(row))

    def put(self, route: str, key: str, window: Window) -> None:
        self._connection.execute(
            "INSERT OR REPLACE INTO alert_groups (route, key, opened, until, seconds) "
            "VALUES (?, ?, ?, ?, ?)",
            (route, key, window.opened, window.until, window.seconds),
        )

    def forget(self, route: str) -> None:
        """Forget all windows of a route that is gone."""
        self._connection.execute("DELETE FROM alert_groups WHERE route = ?", (route,))

    def forget_older(self, opened: float) -> None:
        """Forget windows that began before a time at which all of them are long over."""
        self._connection.execute("DELETE FROM alert_groups WHERE opened < ?", (opened,))

    def waits(self, route: str, key: str) -> bool:
        """Whether an alert of this group is owed that has not given way to others."""
        row = self._connection.execute(
            f"SELECT 1 FROM {_OUTBOX} WHERE route = ? AND group_key = ? AND digest IS NULL "  # noqa: S608
            "AND sent IS NULL AND dropped IS NULL AND NOT aside LIMIT 1",
            (route, key),
        ).fetchone()
        return row is not None

    def was_overtaken(self, route: str, key: str, window: Window) -> bool:
        """Whether an alert of this window, after the first, gave way to a newer one."""
        row = self._connection.execute(
            "SELECT 1 FROM outbox INDEXED BY outbox_by_route WHERE route = ? AND created > ? "
            "AND created < ? AND group_key = ? AND dropped IS NOT NULL LIMIT 1",
            (route, window.opened, window.until, key),
        ).fetchone()
        return row is not None

    def due(self, route: str, now: float) -> list[str]:
        """Return the groups whose alerts are held no longer; so are all, once a clock went back."""
        rows = self._connection.execute(
            f"SELECT group_key FROM {_OUTBOX} WHERE route = ? AND {_HELD} "  # noqa: S608
            "GROUP BY group_key HAVING min(held_until) <= ?2 OR max(held_since) > ?2 "
            "ORDER BY min(id)",
            (route, now),
        )
        return [row[0] for row in rows]

    def next_due(self, route: str) -> float | None:
        row = self._connection.execute(
            f"SELECT min(held_until) FROM {_OUTBOX} WHERE route = ? AND {_HELD}",  # noqa: S608
            (route,),
        ).fetchone()
        return None if row[0] is None else float(row[0])

    def held(self, route: str, key: str) -> list[OwedAlert]:
        rows = self._connection.execute(
            f"SELECT * FROM {_OUTBOX} WHERE route = ? AND group_key = ? AND {_HELD} ORDER BY id",  # noqa: S608
            (route, key),
        )
        return [owed_alert(row) for row in rows]

    def members(self, digest: int) -> list[OwedAlert]:
        """What a digest tells."""
        rows = self._connection.execute(
            "SELECT * FROM outbox WHERE digest = ? ORDER BY id", (digest,)
        )
        return [owed_alert(row) for row in rows]

    def release(self, number: int) -> None:
        """Let an alert take its turn as itself."""
        self._connection.execute(
            "UPDATE outbox SET held_since = NULL, held_until = NULL WHERE id = ?", (number,)
        )

    def tell_together(self, members: Sequence[OwedAlert], alert: Alert, now: float) -> None:
        """Owe one alert in place of several of one group."""
        cursor = self._connection.execute(
            "INSERT INTO outbox (route, alert, created, group_key) VALUES (?, ?, ?, ?)",
            (
                members[0].route,
                msgspec.json.encode(alert).decode(),
                now,
                members[0].group_key,
            ),
        )
        self._connection.executemany(
            "UPDATE outbox SET digest = ?, held_since = NULL, held_until = NULL WHERE id = ?",
            [(cursor.lastrowid, member.id) for member in members],
        )
