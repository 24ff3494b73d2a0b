"""Rows of the journal as frozen values."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import msgspec

from pipeline.display import printable
from pipeline.journal.stored_alert import stored_alert
from pipeline.model import Alert, Identity, Inspection


class State(StrEnum):
    """Where a dump stands."""

    ARRIVING = "arriving"
    """Seen, not judged yet."""
    PENDING = "pending"
    """Judged; steps remain, now or at `next_try`."""
    ARCHIVING = "archiving"
    """Judged and announced; background steps, such as an upload, remain."""
    DONE = "done"
    PARKED = "parked"
    """Given up with a reason until `panicpipe retry`."""
    IGNORED = "ignored"
    """Not a dump: left alone, listed."""
    SUPERSEDED = "superseded"
    """The file changed before its steps were done; a newer revision took over."""
    GONE = "gone"
    """The file disappeared before its steps were done."""


OPEN_STATES = frozenset({State.ARRIVING, State.PENDING, State.ARCHIVING})


@dataclass(frozen=True, kw_only=True)
class DumpRow:
    """One revision of one file."""

    id: int
    source: str
    raw_name: bytes
    identity: Identity
    revision: int
    previous: int | None
    reuses: int | None
    current: bool
    state: State
    reason: str | None
    arrived: float
    finished: float | None
    finish: str | None
    ended: float | None
    next_try: float | None
    inspection: Inspection | None
    announced: float | None = None
    """When its outcome was told, which may be long before it is archived."""
    removed: float | None = None
    removed_why: str | None = None
    """When, and by which rule, retention removed the dump's own file."""

    @property
    def name(self) -> str:
        """The name, safe to show."""
        return printable(self.raw_name)


@dataclass(frozen=True, kw_only=True)
class StepRow:
    """One stage's record for one dump; `stage` is `read` for the reading itself."""

    dump: int
    stage: str
    state: str
    attempts: int
    deaths: int
    error: str | None
    facts: Mapping[str, Any] = field(default_factory=dict)
    ends: str | None
    finished: float | None
    told: float | None = None
    """When people were told that it keeps failing; once is enough until it has succeeded."""


@dataclass(frozen=True, kw_only=True)
class ArtifactRow:
    """A file that a stage made: intended (temporary) or published."""

    id: int
    dump: int
    stage: str
    kind: str
    directory: str
    temporary: str
    name: str
    suffix: str
    inode: int
    size: int
    published: bool
    removed: float | None = None
    removed_why: str | None = None
    """When, and why, its file was removed; the record stays."""
    released_by: str | None = None
    """The later stage that, once it is done, leaves nobody who needs the file."""


@dataclass(frozen=True, kw_only=True)
class OwedAlert:
    """An alert in the outbox."""

    id: int
    dump: int | None
    """None for an alert about the machine itself."""
    route: str
    alert: Alert
    created: float
    attempts: int
    next_try: float
    sent: float | None
    dropped: str | None
    error: str | None
    group_key: str | None = None
    """Alike alerts to one route have the same."""
    held_since: float | None = None
    held_until: float | None = None
    """Until when it waits for others like it, to go out together with them."""
    digest: int | None = None
    """The alert that tells it together with others like it, and is sent in its place."""
    topic: str | None = None
    aside: int = 0
    """How often it has failed since it gave way to those behind it; 0: it keeps its turn."""


@dataclass(frozen=True, kw_only=True)
class RouteRow:
    """How sending over one route goes."""

    name: str
    last_sent: float | None = None
    failing_since: float | None = None
    """Since when nothing, or not everything, gets through; None where all is well."""
    failures: int = 0
    """In a row."""
    error: str | None = None
    """What the last failure was; None once something has got through."""
    not_before: float = 0
    """Until when its service asked to be left alone."""
    told: float | None = None
    """When the other routes were last told that it fails."""


@dataclass(frozen=True, kw_only=True)
class LiveRow:
    """How far the work on one dump is at this moment."""

    dump: int
    phase: str
    done: int
    total: int | None
    bytes: int
    rate: float
    updated: float
    facts: Mapping[str, Any]


def signed(inode: int) -> int:
    """Fit an unsigned 64-bit inode number into SQLite's signed integers."""
    return inode - (1 << 64) if inode >= 1 << 63 else inode


def unsigned(inode: int) -> int:
    return inode + (1 << 64) if inode < 0 else inode


def storable(time_ns: int) -> int | bytes:
    """Return a time as SQLite can keep it: after 2262 it is no integer any more, there."""
    return time_ns if abs(time_ns) < 1 << 63 else str(time_ns).encode()


def dump_row(row: sqlite3.Row) -> DumpRow:
    inspection = row["inspection"]
    return DumpRow(
        id=row["id"],
        source=row["source"],
        raw_name=row["raw_name"],
        identity=Identity(
            inode=unsigned(row["inode"]), size=row["size"], mtime_ns=int(row["mtime_ns"])
        ),
        revision=row["revision"],
        previous=row["previous"],
        reuses=row["reuses"],
        current=bool(row["current"]),
        state=State(row["state"]),
        reason=row["reason"],
        arrived=row["arrived"],
        finished=row["finished"],
        finish=row["finish"],
        ended=row["ended"],
        next_try=row["next_try"],
        inspection=None if inspection is None else msgspec.json.decode(inspection, type=Inspection),
        announced=row["announced"],
        removed=row["removed"],
        removed_why=row["removed_why"],
    )


def step_row(row: sqlite3.Row) -> StepRow:
    values = dict(row)
    values["facts"] = {} if row["facts"] is None else msgspec.json.decode(row["facts"])
    return StepRow(**values)


def artifact_row(row: sqlite3.Row) -> ArtifactRow:
    values = dict(row)
    values["published"] = bool(row["published"])
    values["inode"] = unsigned(row["inode"])
    return ArtifactRow(**values)


def owed_alert(row: sqlite3.Row) -> OwedAlert:
    values = dict(row)
    values["alert"] = stored_alert(row["alert"])
    return OwedAlert(**values)


def live_row(row: sqlite3.Row) -> LiveRow:
    values = dict(row)
    values["facts"] = {} if row["facts"] is None else msgspec.json.decode(row["facts"])
    return LiveRow(**values)
