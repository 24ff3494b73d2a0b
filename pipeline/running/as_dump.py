"""A judged row as stages see it."""

from __future__ import annotations

from pipeline.corefile import DumpName
from pipeline.journal.rows import DumpRow
from pipeline.model import Dump

_LATEST_NS = (1 << 63) - 1
"""The year 2262: stages need not know of the times beyond that anybody can give a file."""


def as_dump(row: DumpRow) -> Dump:
    """Return the dump that a judged row is about."""
    assert row.inspection is not None  # noqa: S101  only judged rows get here
    assert row.finished is not None  # noqa: S101
    return Dump(
        id=row.id,
        name=row.name,
        raw_name=row.raw_name,
        size=row.identity.size,
        mtime_ns=min(max(row.identity.mtime_ns, -_LATEST_NS), _LATEST_NS),
        arrived=row.arrived,
        finished=row.finished,
        client=DumpName.parse(row.raw_name).client,
        revision=row.revision,
        inspection=row.inspection,
    )
