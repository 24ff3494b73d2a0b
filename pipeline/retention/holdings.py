"""Every heavy file that is still there, and what speaks for and against removing it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.corefile import DumpName
from pipeline.display import printable
from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow, DumpRow, State
from pipeline.model import Heap, Holding
from pipeline.plugin import Scan, Sighting, Stage, Volume
from pipeline.registry.discovery import Built
from pipeline.retention.prospects import Prospects, is_complete
from pipeline.retention.witnessed import Witnessed


@dataclass(frozen=True, kw_only=True)
class Core:
    """A dump's own file, as the source sees it now."""

    holding: Holding
    row: DumpRow
    sighting: Sighting


@dataclass(frozen=True, kw_only=True)
class Made:
    """A file that a stage made."""

    holding: Holding
    row: DumpRow
    artifact: ArtifactRow


Kept = Core | Made


@dataclass(frozen=True, kw_only=True)
class Place:
    """A source as it is now."""

    shown: str
    """Where it is, for people."""
    scan: Scan
    volume: Volume | None


def kept(
    journal: Journal,
    chain: Sequence[Built[Stage]],
    places: Mapping[str, Place],
    time: Witnessed,
) -> list[Kept]:
    """List what the journal knows of and, for dumps, a scan of their source has found as well.

    Whether a stage's file is really there is for whoever can wait for the disk.
    """
    rows = journal.removals.dumps()
    prospects = Prospects(
        chain, rows, journal.removals.finished_steps(), journal.removals.asked_for()
    )
    by_number = {row.id: row for row in rows}
    artifacts = journal.removals.kept_artifacts()
    return [
        *_cores(rows, places, prospects, time),
        *(
            _made(made, by_number[made.dump], prospects, time)
            for made in artifacts
            if made.dump in by_number
        ),
    ]


def _cores(
    rows: Sequence[DumpRow],
    places: Mapping[str, Place],
    prospects: Prospects,
    time: Witnessed,
) -> Iterator[Core]:
    seen = {
        (source, file.raw_name): file
        for source, place in places.items()
        for file in place.scan.files
    }
    for row in rows:
        found = seen.get((row.source, row.raw_name))
        if found is not None and _is_its_file(row, found):
            holding = _holding(
                row,
                prospects,
                time,
                heap="cores",
                kind="core",
                path=f"{places[row.source].shown.rstrip('/')}/{row.name}",
                size=found.identity.size,
                in_flight=prospects.needs_core(row),
            )
            yield Core(holding=holding, row=row, sighting=found)


def _is_its_file(row: DumpRow, found: Sighting) -> bool:
    """One that is not judged yet grows; one that is and has changed will be judged afresh."""
    if not row.current or row.removed is not None or row.state is State.GONE:
        return False
    if row.state is State.ARRIVING:
        return found.identity.inode == row.identity.inode
    return found.identity == row.identity


def _made(made: ArtifactRow, row: DumpRow, prospects: Prospects, time: Witnessed) -> Made:
    holding = _holding(
        row,
        prospects,
        time,
        heap=prospects.heap(made.stage),
        kind=made.kind,
        path=printable(os.fsencode(os.path.join(made.directory, made.name))),
        size=made.size,
        in_flight=prospects.needs_artifact(row, made),
    )
    return Made(holding=holding, row=row, artifact=made)


def _holding(
    row: DumpRow,
    prospects: Prospects,
    time: Witnessed,
    *,
    heap: Heap,
    kind: str,
    path: str,
    size: int,
    in_flight: bool,
) -> Holding:
    return Holding(
        heap=heap,
        dump=row.id,
        kind=kind,
        path=path,
        size=size,
        since=time.since(row.arrived if row.finished is None else row.finished),
        client=DumpName.parse(row.raw_name).client,
        in_flight=in_flight,
        parked=row.state is State.PARKED,
        packaged=prospects.packaged(row),
        archived=prospects.archived(row),
        complete=is_complete(row),
        succeeded=prospects.succeeded(row),
    )
