"""One dump's record for programs."""

from __future__ import annotations

from typing import Any

import msgspec

from pipeline.cli.findings import places
from pipeline.corefile import DumpName
from pipeline.journal.record import Record
from pipeline.journal.rows import ArtifactRow
from pipeline.redaction import without_links


def record_value(record: Record) -> dict[str, Any]:
    """Return the record as JSON values, without links; times are seconds since the epoch."""
    value: dict[str, Any] = msgspec.to_builtins(record.row)
    del value["raw_name"]
    whole = {
        **value,
        "name": record.row.name,
        "client": DumpName.parse(record.row.raw_name).client,
        "live": msgspec.to_builtins(record.live),
        "steps": msgspec.to_builtins(record.steps),
        "artifacts": msgspec.to_builtins(record.artifacts),
        "removed_artifacts": [_removed(made) for made in record.removed],
        "archives": list(places(record.steps)),
        "alerts": msgspec.to_builtins(record.alerts),
    }
    shown: dict[str, Any] = without_links(whole)
    return shown


def _removed(made: ArtifactRow) -> dict[str, Any]:
    return {
        "stage": made.stage,
        "kind": made.kind,
        "path": f"{made.directory.rstrip('/')}/{made.name}",
        "size": made.size,
        "released_by": made.released_by,
        "removed": made.removed,
        "removed_why": made.removed_why,
    }
