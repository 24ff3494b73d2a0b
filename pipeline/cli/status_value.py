"""The journal's report for programs."""

from __future__ import annotations

from typing import Any

from pipeline.corefile import DumpName
from pipeline.display import printable
from pipeline.journal.report import Report
from pipeline.journal.rows import DumpRow, LiveRow, OwedAlert


def report_value(report: Report) -> dict[str, Any]:
    """Return the report as JSON values; times are seconds since the epoch."""
    return {
        "running": report.alive,
        "in_flight": [_in_flight(row, live) for row, live in report.in_flight],
        "waiting": [{**_dump(row), "next_try": row.next_try} for row in report.waiting],
        "parked": [_dump(row) for row in report.parked],
        "gone": [_dump(row) for row in report.gone],
        "done": [
            {**_dump(row), "artifacts": {made.kind: made.path for made in report.artifacts[row.id]}}
            for row in report.done
        ],
        "left_alone": [_dump(row) for row in report.ignored]
        + [{"name": printable(name), "reason": why} for _, name, why in report.passed_over],
        "alerts_owed": [_alert(owed) for owed in report.owed],
        "counts": {str(state): count for state, count in report.counts.items()},
    }


def _in_flight(row: DumpRow, live: LiveRow) -> dict[str, Any]:
    return {
        **_dump(row),
        "phase": live.phase,
        "done": live.done,
        "total": live.total,
        "per_cent": 100 * live.done // live.total if live.total else None,
        "bytes": live.bytes,
        "rate": live.rate,
        "updated": live.updated,
        "facts": dict(live.facts),
    }


def _alert(owed: OwedAlert) -> dict[str, Any]:
    return {
        "dump": owed.dump,
        "route": owed.route,
        "event": owed.alert.event,
        "attempts": owed.attempts,
        "next_try": owed.next_try or None,
        "error": owed.error,
    }


def _dump(row: DumpRow) -> dict[str, Any]:
    found = row.inspection
    return {
        "id": row.id,
        "name": row.name,
        "state": str(row.state),
        "verdict": str(found.verdict) if found else None,
        "reason": row.reason or (found.reason if found else None),
        "panic": found.panic.line if found and found.panic else None,
        "size": row.identity.size,
        "client": DumpName.parse(row.raw_name).client,
        "revision": row.revision,
        "current": row.current,
        "arrived": row.arrived,
        "finished": row.finished,
        "ended": row.ended,
    }
