"""One dump's record for programs."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.corefile import DumpName
from pipeline.journal.record import Record


def record_value(record: Record) -> dict[str, Any]:
    """Return the record as JSON values; times are seconds since the epoch."""
    value: dict[str, Any] = msgspec.to_builtins(record.row)
    del value["raw_name"]
    return {
        **value,
        "name": record.row.name,
        "client": DumpName.parse(record.row.raw_name).client,
        "live": msgspec.to_builtins(record.live),
        "steps": msgspec.to_builtins(record.steps),
        "artifacts": msgspec.to_builtins(record.artifacts),
        "alerts": msgspec.to_builtins(record.alerts),
    }
