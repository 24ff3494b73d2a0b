"""Rows of a journal, made from what matters to a test."""

from __future__ import annotations

from typing import Any

from pipeline.journal.rows import DumpRow, OwedAlert, State
from pipeline.model import Alert, Identity, Inspection, Kind, Severity, Verdict

NAME = b"core-xnu-11417.101.15-10.0.40.7-1f0c3a9e.gz"


def dump(number: int = 1, **values: Any) -> DumpRow:
    row: dict[str, Any] = {
        "id": number,
        "source": "directory",
        "raw_name": NAME,
        "identity": Identity(inode=number, size=9, mtime_ns=0),
        "revision": 1,
        "previous": None,
        "reuses": None,
        "current": True,
        "state": State.DONE,
        "reason": None,
        "arrived": 1_800_000_000.0,
        "finished": None,
        "finish": None,
        "ended": None,
        "next_try": None,
        "inspection": None,
    }
    return DumpRow(**{**row, **values})


def judged(verdict: Verdict, reason: str = "because") -> Inspection:
    return Inspection(verdict=verdict, kind=Kind.CORE, reason=reason, file_size=9, good_size=9)


def owed(number: int = 1, **values: Any) -> OwedAlert:
    row: dict[str, Any] = {
        "id": number,
        "dump": 1,
        "route": "ops",
        "alert": Alert(event="dump.complete", severity=Severity.NOTICE, what="x"),
        "created": 1_800_000_000.0,
        "attempts": 0,
        "next_try": 0.0,
        "sent": None,
        "dropped": None,
        "error": None,
    }
    return OwedAlert(**{**row, **values})
