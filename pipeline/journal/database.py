"""Opening the journal's file."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path

from pipeline.errors import JournalError
from pipeline.journal.schema import VERSION, check_not_newer, migrate, version

FILE_NAME = "journal.sqlite3"


def open_for_writing(path: Path) -> sqlite3.Connection:
    """Open or make the journal, mode 0600, durable at every commit."""
    try:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
        os.chmod(path, 0o600)
        connection = sqlite3.connect(path, isolation_level=None, timeout=10)
        _prepare(connection)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA fullfsync = ON")  # F_FULLFSYNC; without effect off macOS
        migrate(connection, str(path))
    except (OSError, sqlite3.Error) as error:
        raise _cannot_open(path, error) from error
    return connection


def open_in_memory() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", isolation_level=None)
    _prepare(connection)
    migrate(connection, "memory")
    return connection


def open_for_reading(path: Path) -> sqlite3.Connection:
    """Open an existing journal without changing it; the daemon may be writing meanwhile."""
    try:
        _probe(path)
        connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
        _prepare(connection)
        found = version(connection)
        check_not_newer(found, str(path))
        if found == 0:
            raise JournalError(f"{path}: has no records yet; has `panicpipe run` been started?")
        if found < VERSION:
            raise JournalError(
                f"{path}: written by an older panicpipe (journal version {found}, this one reads "
                f"{VERSION}); restart `panicpipe run`, which brings it up to date and loses nothing"
            )
    except FileNotFoundError as error:
        raise JournalError(
            f"{path}: no journal there, so no daemon has run with this state directory; "
            "start `panicpipe run`, or name its configuration with --config"
        ) from error
    except (OSError, sqlite3.Error) as error:
        raise _cannot_open(path, error) from error
    return connection


def _probe(path: Path) -> None:
    """See that it is a file that may be read: opening a pipe, SQLite would wait for ever."""
    fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise JournalError(f"{path}: is no file; look who made it, and remove it")
    finally:
        os.close(fd)


def _prepare(connection: sqlite3.Connection) -> None:
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA trusted_schema = OFF")


def _cannot_open(path: Path, error: Exception) -> JournalError:
    if isinstance(error, PermissionError):
        return JournalError(f"{path}: permission denied; it belongs to the daemon's user: use sudo")
    return JournalError(f"{path}: cannot open the journal: {error}")
