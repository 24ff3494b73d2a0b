"""Alerts that are owed, route by route, until they are sent."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import Iterable

import msgspec

from pipeline.journal.rows import OwedAlert, owed_alert
from pipeline.model import Alert

DROP_ALERT = "drop-alert"
"""Asks the daemon, in the table of requests, to owe the alert of that number no longer."""
DROPPED_ON_REQUEST = "dropped by `panicpipe alert drop`"

_TABLE = "outbox INDEXED BY outbox_owed"  # settled alerts are kept for ever, and pile up
_OWED = "sent IS NULL AND dropped IS NULL"
_IN_TURN = f"{_OWED} AND held_until IS NULL AND digest IS NULL AND NOT aside"


class OutboxTable:
    """The table of alerts."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def owe(
        self,
        dump: int | None,
        routes: Iterable[str],
        alert: Alert,
        now: float,
        *,
        group: str | None = None,
        held_until: float | None = None,
    ) -> None:
        """Owe one alert to every route; written in the transaction that it tells of.

        `dump` is None where it is about the machine itself. Where it is held, it waits for others
        of its group.
        """
        text = msgspec.json.encode(alert).decode()
        since = None if held_until is None else now
        self._connection.executemany(
            "INSERT INTO outbox (dump, route, alert, created, topic, group_key, held_since, "
            "held_until) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [(dump, route, text, now, alert.topic, group, since, held_until) for route in routes],
        )

    def key(self, number: int) -> str:
        """What tells an alert from all others, of other journals as well, at every try."""
        row = self._connection.execute("SELECT value FROM identity").fetchone()
        return f"{row[0]}-{number}"

    def find(self, number: int) -> OwedAlert | None:
        row = self._connection.execute("SELECT * FROM outbox WHERE id = ?", (number,)).fetchone()
        return None if row is None else owed_alert(row)

    def in_turn(self, route: str, most: int) -> list[OwedAlert]:
        """The oldest alerts that are neither held nor set aside."""
        rows = self._connection.execute(
            f"SELECT * FROM {_TABLE} WHERE route = ? AND {_IN_TURN} ORDER BY id LIMIT ?",  # noqa: S608
            (route, most),
        )
        return [owed_alert(row) for row in rows]

    def first_aside(self, route: str, now: float, longest: float) -> OwedAlert | None:
        """Of those that gave way to others, the one that is due first.

        What is to be tried later than `longest` from now is due: the clock went back.
        """
        row = self._connection.execute(
            f"SELECT * FROM {_TABLE} WHERE route = ?1 AND {_OWED} AND aside "  # noqa: S608
            "ORDER BY next_try > ?2 AND next_try <= ?2 + ?3, next_try, id LIMIT 1",
            (route, now, longest),
        ).fetchone()
        return None if row is None else owed_alert(row)

    def has_aside(self, route: str) -> bool:
        """Whether anything has given way to others and is still owed."""
        row = self._connection.execute(
            f"SELECT 1 FROM {_TABLE} WHERE route = ? AND {_OWED} AND aside LIMIT 1",  # noqa: S608
            (route,),
        ).fetchone()
        return row is not None

    def pending(self) -> list[OwedAlert]:
        """All that are owed, also those held, set aside, or told by a digest."""
        rows = self._connection.execute(
            f"SELECT * FROM {_TABLE} WHERE {_OWED} ORDER BY id"  # noqa: S608
        )
        return [owed_alert(row) for row in rows]

    def count(self) -> Counter[str]:
        """How many of them each route is owed."""
        rows = self._connection.execute(
            f"SELECT route, count(*) FROM {_TABLE} WHERE {_OWED} GROUP BY route"  # noqa: S608
        )
        return Counter(dict(map(tuple, rows)))

    def of(self, dump: int) -> list[OwedAlert]:
        rows = self._connection.execute("SELECT * FROM outbox WHERE dump = ? ORDER BY id", (dump,))
        return [owed_alert(row) for row in rows]

    def mark_sent(self, number: int, now: float) -> None:
        """Record a delivery; also of an alert that was superseded while it was on its way.

        What a digest tells is sent with it.
        """
        self._connection.execute(
            "UPDATE outbox SET sent = ?, dropped = NULL, attempts = attempts + 1, error = NULL "
            "WHERE id = ? AND sent IS NULL",
            (now, number),
        )
        self._connection.execute(
            "UPDATE outbox SET sent = ?, dropped = NULL WHERE digest = ? AND sent IS NULL",
            (now, number),
        )

    def postpone(self, number: int, error: str, next_try: float) -> None:
        self._connection.execute(
            "UPDATE outbox SET attempts = attempts + 1, error = ?, next_try = ? WHERE id = ?",
            (error, next_try, number),
        )

    def hasten(self, number: int) -> None:
        """Try it again at once."""
        self._connection.execute("UPDATE outbox SET next_try = 0 WHERE id = ?", (number,))

    def put_aside(self, number: int, next_try: float) -> None:
        """Let those behind it overtake it: it stays owed, and is tried again at `next_try`."""
        self._connection.execute(
            "UPDATE outbox SET aside = aside + 1, next_try = ? WHERE id = ?", (next_try, number)
        )

    def hasten_aside(self, route: str) -> None:
        """Try all that gave way again: one of them was taken."""
        self._connection.execute(
            f"UPDATE {_TABLE} SET next_try = 0 WHERE route = ? AND {_OWED} AND aside",  # noqa: S608
            (route,),
        )

    def delay_aside(self, route: str, next_try: float) -> None:
        """Try none of those that gave way before this time."""
        self._connection.execute(
            f"UPDATE {_TABLE} SET next_try = max(next_try, ?) "  # noqa: S608
            f"WHERE route = ? AND {_OWED} AND aside",
            (next_try, route),
        )

    def drop(self, number: int, reason: str) -> None:
        """Owe this alert no longer, without it having been sent; nor what it tells as a digest."""
        self._connection.execute(
            f"UPDATE outbox SET dropped = ?1 WHERE (id = ?2 OR digest = ?2) AND {_OWED}",  # noqa: S608
            (reason, number),
        )

    def supersede(self, route: str, dump: int, by: int) -> None:
        """Owe a route no more of an older revision; a digest that is made stays as it is."""
        self._connection.execute(
            "UPDATE outbox INDEXED BY outbox_by_dump SET dropped = ? "  # noqa: S608
            f"WHERE dump = ? AND route = ? AND digest IS NULL AND {_OWED}",
            (f"superseded by dump {by}", dump, route),
        )

    def supersede_topics(self, route: str, topics: Iterable[str], reason: str) -> None:
        """Owe a route nothing older about these topics; a digest that is made stays as it is."""
        self._connection.executemany(
            f"UPDATE {_TABLE} SET dropped = ? WHERE route = ? AND topic = ? "  # noqa: S608
            f"AND digest IS NULL AND {_OWED}",
            [(reason, route, topic) for topic in topics],
        )

    def withdraw(self, topic: str, reason: str) -> None:
        """Owe nobody anything about this topic any more, for it is over."""
        self._connection.execute(
            f"UPDATE {_TABLE} SET dropped = ? "  # noqa: S608
            f"WHERE topic = ? AND digest IS NULL AND {_OWED}",
            (reason, topic),
        )

    def owes_same(self, route: str, owed: OwedAlert) -> bool:
        """Whether the same alert was owed to this route as well, whatever became of it."""
        row = self._connection.execute(
            "SELECT 1 FROM outbox AS other JOIN outbox AS this ON other.created = this.created "
            "AND other.alert = this.alert AND other.dump IS this.dump "
            "WHERE this.id = ? AND other.route = ?",
            (owed.id, route),
        ).fetchone()
        return row is not None

    def redirect(self, number: int, route: str) -> None:
        """Owe an alert, and what it tells as a digest, to another route, at its next turn."""
        self._connection.execute(
            "UPDATE outbox SET route = ?1, next_try = 0, aside = 0, error = NULL "
            "WHERE id = ?2 OR digest = ?2",
            (route, number),
        )
