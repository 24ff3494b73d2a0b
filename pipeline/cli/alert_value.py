"""Owed alerts and routes for programs; times are seconds since the epoch."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pipeline.journal.rows import OwedAlert, RouteRow


def owed_value(owed: OwedAlert) -> dict[str, Any]:
    return {
        "number": owed.id,
        "dump": owed.dump,
        "route": owed.route,
        "event": owed.alert.event,
        "severity": str(owed.alert.severity),
        "title": owed.alert.title,
        "since": owed.created,
        "attempts": owed.attempts,
        "next_try": owed.next_try or None,
        "held_until": owed.held_until,
        "digest": owed.digest,
        "aside": owed.aside > 0,
        "error": owed.error,
    }


def route_value(row: RouteRow, owed: Iterable[OwedAlert]) -> dict[str, Any]:
    return {
        "route": row.name,
        "last_sent": row.last_sent,
        "failing_since": row.failing_since,
        "failures": row.failures,
        "error": row.error,
        "not_before": row.not_before or None,
        "owed": sum(1 for each in owed if each.route == row.name),
    }
