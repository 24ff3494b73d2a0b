"""The journal's tables, and how an older file becomes a current one.

Each migration runs once, inside a transaction with the new `user_version`; a semicolon ends a
statement and stands nowhere else. Never edit one that has been released: append.
"""

from __future__ import annotations

import sqlite3

from pipeline.errors import NewerJournal
from pipeline.journal.transactions import transaction

_FIRST = """
CREATE TABLE dumps (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  source TEXT NOT NULL,
  raw_name BLOB NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  mtime_ns INTEGER NOT NULL,
  revision INTEGER NOT NULL DEFAULT 1,
  previous INTEGER REFERENCES dumps(id),
  reuses INTEGER REFERENCES dumps(id),
  current INTEGER NOT NULL DEFAULT 1,
  state TEXT NOT NULL,
  reason TEXT,
  arrived REAL NOT NULL,
  finished REAL,
  finish TEXT,
  ended REAL,
  next_try REAL,
  inspection TEXT
);
CREATE INDEX dumps_by_state ON dumps(state);
CREATE TABLE steps (
  dump INTEGER NOT NULL REFERENCES dumps(id),
  stage TEXT NOT NULL,
  state TEXT NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  deaths INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  facts TEXT,
  ends TEXT,
  finished REAL,
  PRIMARY KEY (dump, stage)
);
CREATE TABLE artifacts (
  id INTEGER PRIMARY KEY,
  dump INTEGER NOT NULL REFERENCES dumps(id),
  stage TEXT NOT NULL,
  kind TEXT NOT NULL,
  directory TEXT NOT NULL,
  temporary TEXT NOT NULL,
  name TEXT NOT NULL,
  suffix TEXT NOT NULL,
  inode INTEGER NOT NULL,
  size INTEGER NOT NULL,
  published INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE outbox (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  dump INTEGER NOT NULL REFERENCES dumps(id),
  route TEXT NOT NULL,
  alert TEXT NOT NULL,
  created REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try REAL NOT NULL DEFAULT 0,
  sent REAL,
  dropped TEXT,
  error TEXT
);
CREATE TABLE requests (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  action TEXT NOT NULL,
  dump INTEGER NOT NULL,
  created REAL NOT NULL
);
CREATE TABLE live (
  dump INTEGER PRIMARY KEY REFERENCES dumps(id),
  phase TEXT NOT NULL,
  done INTEGER NOT NULL,
  total INTEGER,
  bytes INTEGER NOT NULL,
  rate REAL NOT NULL,
  updated REAL NOT NULL,
  facts TEXT
);
CREATE TABLE passed_over (
  source TEXT NOT NULL,
  raw_name BLOB NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (source, raw_name)
);
"""

_ARCHIVE = """
ALTER TABLE dumps ADD COLUMN announced REAL;
ALTER TABLE dumps ADD COLUMN removed REAL;
ALTER TABLE dumps ADD COLUMN removed_why TEXT;
ALTER TABLE artifacts ADD COLUMN removed REAL;
ALTER TABLE artifacts ADD COLUMN removed_why TEXT;
ALTER TABLE artifacts ADD COLUMN released_by TEXT;
UPDATE dumps SET announced = ended WHERE state = 'done';
CREATE TABLE memory (
  dump INTEGER NOT NULL REFERENCES dumps(id),
  stage TEXT NOT NULL,
  key TEXT NOT NULL,
  value TEXT NOT NULL,
  PRIMARY KEY (dump, stage, key)
);
CREATE TABLE conditions (
  name TEXT PRIMARY KEY,
  since REAL NOT NULL,
  text TEXT NOT NULL
);
CREATE TABLE outbox_of_all (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  dump INTEGER REFERENCES dumps(id),
  route TEXT NOT NULL,
  alert TEXT NOT NULL,
  created REAL NOT NULL,
  attempts INTEGER NOT NULL DEFAULT 0,
  next_try REAL NOT NULL DEFAULT 0,
  sent REAL,
  dropped TEXT,
  error TEXT
);
INSERT INTO outbox_of_all SELECT * FROM outbox;
DELETE FROM sqlite_sequence WHERE name = 'outbox_of_all';
INSERT INTO sqlite_sequence
  SELECT 'outbox_of_all', seq FROM sqlite_sequence WHERE name = 'outbox';
DROP TABLE outbox;
ALTER TABLE outbox_of_all RENAME TO outbox;
"""

_FAILURES = """
ALTER TABLE steps ADD COLUMN told REAL;
"""

_ALERTS = """
ALTER TABLE outbox ADD COLUMN group_key TEXT;
ALTER TABLE outbox ADD COLUMN held_since REAL;
ALTER TABLE outbox ADD COLUMN held_until REAL;
ALTER TABLE outbox ADD COLUMN digest INTEGER REFERENCES outbox(id);
ALTER TABLE outbox ADD COLUMN topic TEXT;
ALTER TABLE outbox ADD COLUMN aside INTEGER NOT NULL DEFAULT 0;
CREATE INDEX outbox_owed ON outbox(route, id) WHERE sent IS NULL AND dropped IS NULL;
CREATE INDEX outbox_by_route ON outbox(route, created);
CREATE INDEX outbox_by_dump ON outbox(dump) WHERE dump IS NOT NULL;
CREATE INDEX outbox_by_digest ON outbox(digest) WHERE digest IS NOT NULL;
CREATE TABLE alert_groups (
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  opened REAL NOT NULL,
  until REAL NOT NULL,
  seconds REAL NOT NULL,
  PRIMARY KEY (route, key)
);
CREATE TABLE routes (
  name TEXT PRIMARY KEY,
  last_sent REAL,
  failing_since REAL,
  failures INTEGER NOT NULL DEFAULT 0,
  error TEXT,
  not_before REAL NOT NULL DEFAULT 0,
  told REAL
);
CREATE TABLE identity (value TEXT NOT NULL);
INSERT INTO identity VALUES (lower(hex(randomblob(8))));
"""

MIGRATIONS: tuple[str, ...] = (_FIRST, _ARCHIVE, _FAILURES, _ALERTS)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection, place: str) -> None:
    """Bring the tables up to VERSION; NewerJournal where a newer panicpipe wrote them."""
    found = version(connection)
    check_not_newer(found, place)
    if found == VERSION:
        return
    with transaction(connection):
        # Asked again: a command and the daemon may both have found an older file.
        for number in range(version(connection), VERSION):
            for statement in MIGRATIONS[number].split(";"):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number + 1}")


def version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_not_newer(found: int, place: str) -> None:
    if found > VERSION:
        raise NewerJournal(
            f"{place}: written by a newer panicpipe (journal version {found}, this one knows "
            f"{VERSION}); upgrade panicpipe, the journal was not touched"
        )
