"""Holdings of made-up dumps, and a chain that makes something of them."""

from __future__ import annotations

from typing import Any

from pipeline.model import Holding

DAY = 86400.0
NOW = 1_800_000_000.0
GB = 10**9


def holding(**more: Any) -> Holding:
    """A core that any limit may take: complete, packaged, archived, a hundred days old."""
    known: dict[str, Any] = {
        "heap": "cores",
        "dump": 1,
        "kind": "core",
        "path": "/PanicDumps/core",
        "size": 10 * GB,
        "since": NOW - 100 * DAY,
        "client": "10.0.40.7",
        "in_flight": False,
        "parked": False,
        "packaged": True,
        "archived": True,
        "complete": True,
        "succeeded": False,
    }
    return Holding(**{**known, **more})
