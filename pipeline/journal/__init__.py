"""The journal: what arrived, which steps are done, which alerts are owed. SQLite, WAL, 0600.

The daemon alone writes rows about dumps. `retry` adds a request, `status` and `show` read.
"""

from __future__ import annotations

import sqlite3
from contextlib import AbstractContextManager
from pathlib import Path

from pipeline.journal import database, transactions
from pipeline.journal.conditions import Conditions
from pipeline.journal.dumps import Dumps
from pipeline.journal.groups import Groups
from pipeline.journal.live import Live, Requests
from pipeline.journal.memory import Memory
from pipeline.journal.outbox import OutboxTable
from pipeline.journal.removals import Removals
from pipeline.journal.routes import Routes
from pipeline.journal.steps import Steps


class Journal:
    """One open journal; its tables are its attributes."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.dumps = Dumps(connection)
        self.steps = Steps(connection)
        self.memory = Memory(connection)
        self.outbox = OutboxTable(connection)
        self.groups = Groups(connection)
        self.routes = Routes(connection)
        self.live = Live(connection)
        self.requests = Requests(connection)
        self.conditions = Conditions(connection)
        self.removals = Removals(connection)

    @classmethod
    def open(cls, state_directory: Path) -> Journal:
        """Open for writing; makes or migrates the file. JournalError says what is wrong."""
        return cls(database.open_for_writing(state_directory / database.FILE_NAME))

    @classmethod
    def read(cls, state_directory: Path) -> Journal:
        """Open for reading, while a daemon may be writing."""
        return cls(database.open_for_reading(state_directory / database.FILE_NAME))

    @classmethod
    def in_memory(cls) -> Journal:
        return cls(database.open_in_memory())

    def transaction(self) -> AbstractContextManager[None]:
        """All changes inside take effect together, or not at all."""
        return transactions.transaction(self._connection)

    def snapshot(self) -> AbstractContextManager[None]:
        """All reads inside see the journal at one instant."""
        return transactions.snapshot(self._connection)

    def close(self) -> None:
        self._connection.close()
