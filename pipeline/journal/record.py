"""All that the journal knows of one dump, for `panicpipe show`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow, DumpRow, LiveRow, OwedAlert, StepRow
from pipeline.model import Artifact


@dataclass(frozen=True, kw_only=True)
class Record:
    """One dump, and all that hangs on it."""

    row: DumpRow
    alive: bool
    """Whether a daemon is at work."""
    newer: int | None
    """The dump that took this one's place when its file changed."""
    live: LiveRow | None
    steps: tuple[StepRow, ...]
    artifacts: tuple[Artifact, ...]
    """What is there."""
    removed: tuple[ArtifactRow, ...]
    """What was there, or is only there until it is removed."""
    alerts: tuple[OwedAlert, ...]
    rests: Mapping[str, float]
    """Until when routes are left alone, as their services asked."""


def read_record(journal: Journal, row: DumpRow, *, alive: bool) -> Record:
    """Read what belongs to `row`; inside a snapshot, so that all of it is of one instant."""
    return Record(
        row=row,
        alive=alive,
        newer=journal.dumps.newer(row.id),
        live=journal.live.all().get(row.id) if alive else None,
        steps=tuple(journal.steps.of(row.id).values()),
        artifacts=tuple(journal.steps.artifacts(row.id)),
        removed=tuple(journal.steps.removed(row.id)),
        alerts=tuple(journal.outbox.of(row.id)),
        rests={route.name: route.not_before for route in journal.routes.all()},
    )
