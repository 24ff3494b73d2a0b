"""What takes effect together, and how surely."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All or nothing; nests (the outermost one decides)."""
    if connection.in_transaction:
        yield
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # SQLite itself has ended it where the disk is full
            connection.execute("ROLLBACK")
        raise


@contextmanager
def unsynced(connection: sqlite3.Connection) -> Iterator[None]:
    """Commits inside reach the disk with a later one: for what may be lost with the machine."""
    connection.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        connection.execute("PRAGMA synchronous = FULL")


@contextmanager
def snapshot(connection: sqlite3.Connection) -> Iterator[None]:
    """Read everything as of one instant, while others write."""
    connection.execute("BEGIN DEFERRED")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
