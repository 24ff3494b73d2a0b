"""The journal's report for programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipeline.cli.alert_value import owed_value, route_value
from pipeline.cli.findings import owed_bytes, places, tries, waiting_step
from pipeline.corefile import DumpName
from pipeline.display import printable
from pipeline.journal.report import Report
from pipeline.journal.rows import DumpRow, LiveRow, State


def report_value(report: Report, *, chain: Sequence[str]) -> dict[str, Any]:
    """Return the report as JSON values; times are seconds since the epoch.

    `chain` are the stages as they are configured now.
    """
    return {
        "running": report.alive,
        "owed": {
            "archives": report.counts.get(State.ARCHIVING, 0),
            "archive_bytes": owed_bytes(report),
            "alerts": len(report.owed),
        },
        "in_flight": [_in_flight(row, live) for row, live in report.in_flight],
        "waiting": [{**_dump(row), "next_try": row.next_try} for row in report.waiting],
        "archiving": [_archiving(row, report, chain) for row in report.archiving],
        "parked": [{**_dump(row), **_made(row, report)} for row in report.parked],
        "gone": [{**_dump(row), **_made(row, report)} for row in report.gone],
        "done": [{**_dump(row), **_made(row, report)} for row in report.done],
        "left_alone": [_dump(row) for row in report.ignored]
        + [{"name": printable(name), "reason": why} for _, name, why in report.passed_over],
        "alerts_owed": [owed_value(owed) for owed in report.owed],
        "low_on_room": [
            {"source": short.name.partition(":")[2], "text": short.text, "told": short.since}
            for short in report.low_on_room
        ],
        "server_down": [{"text": down.text, "since": down.since} for down in report.server_down],
        "routes": [route_value(row, report.owed) for row in report.routes],
        "counts": {str(state): count for state, count in report.counts.items()},
    }


def _archiving(row: DumpRow, report: Report, chain: Sequence[str]) -> dict[str, Any]:
    steps = report.steps[row.id]
    step = waiting_step(steps, chain)
    return {
        **_dump(row),
        **_made(row, report),
        "step": step,
        "attempts": tries(steps, step),
        "next_try": row.next_try,
    }


def _made(row: DumpRow, report: Report) -> dict[str, Any]:
    return {
        "artifacts": {made.kind: made.path for made in report.artifacts.get(row.id, ())},
        "archives": list(places(report.steps.get(row.id, ()))),
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
        "announced": row.announced,
        "ended": row.ended,
        "removed": row.removed,
        "removed_why": row.removed_why,
    }
