"""Removes a file as it was decided, safely: looked at once more, on record before and after."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Protocol

from pipeline.display import size
from pipeline.errors import PanicPipeError, UnreadableFile
from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow, DumpRow
from pipeline.model import Artifact
from pipeline.plugin import Watch
from pipeline.retention.holdings import Core, Made, Place
from pipeline.retention.plan import Decision
from pipeline.retention.shelves import is_the_file

_log = logging.getLogger("panicpipe.retention")

LetGo = Callable[[], None]
"""Closes the last descriptor of a removed file. For a thread: only now its space is given back,
which takes a while for many gigabytes."""


class Outputs(Protocol):
    """The directories that stages publish in."""

    def open(self, artifact: Artifact) -> int: ...
    def remove(self, row: ArtifactRow, why: str) -> None: ...


class Remover:
    """Carries out decisions, one at a time, in the thread that owns the journal."""

    def __init__(self, journal: Journal, watches: Mapping[str, Watch], outputs: Outputs) -> None:
        self._journal = journal
        self._watches = watches
        self._outputs = outputs

    def remove(self, decision: Decision, now: float) -> LetGo | None:
        """Remove it, unless something is not as it was decided on; None where it stays."""
        kept, why = decision.kept, decision.reason.removeprefix("removed: ")
        try:
            if self._has_changed(kept.row):
                return None
            if isinstance(kept, Core):
                let_go = self._remove_core(kept, why, now)
            else:
                let_go = self._remove_made(kept, why)
        except (OSError, PanicPipeError) as error:
            _log.warning("%s: not removed: %s", kept.holding.path, error)
            return None
        what = f"dump {kept.row.id} {kept.holding.path} ({size(kept.holding.size)})"
        _log.info("%s: removed: %s", what, why)
        return let_go

    def _has_changed(self, decided: DumpRow) -> bool:
        """Anything may have happened since: changed, taken up again, removed."""
        now = self._journal.dumps.find(decided.id)
        if now is None or now.id in self._journal.removals.asked_for():
            return True
        return replace(now, removed=None, removed_why=None) != replace(
            decided, removed=None, removed_why=None
        )

    def _remove_core(self, core: Core, why: str, now: float) -> LetGo | None:
        watch = self._watches[core.row.source]
        held = watch.open(core.sighting)
        try:
            self._journal.removals.intend_core(core.row.id, why)
            watch.remove(core.sighting)
            self._journal.removals.complete_core(core.row.id, now)
        except BaseException:
            held.close()
            raise
        return held.close

    def _remove_made(self, made: Made, why: str) -> LetGo | None:
        row = self._journal.removals.artifact(made.artifact.id)
        if row is None or replace(row, removed_why=None) != replace(
            made.artifact, removed_why=None
        ):
            raise UnreadableFile("it is not what it was any more")
        held = self._outputs.open(_artifact(row))
        try:
            if not is_the_file(os.fstat(held), row):
                raise UnreadableFile("is another file by now")
            self._journal.removals.intend_artifact(row.id, why)
            self._outputs.remove(row, why)
        except BaseException:
            os.close(held)
            raise
        return lambda: os.close(held)

    def settle(self, places: Mapping[str, Place], now: float) -> None:
        """Bring on record what became of removals that were begun: after a crash, or a fault."""
        removals = self._journal.removals
        for row in removals.intended_cores():
            there = _is_there(row, places)
            if there is False:
                removals.complete_core(row.id, now)
            elif there:
                removals.take_back_core(row.id)
        for made in removals.intended_artifacts():
            there = _is_file_there(made)
            if there is False:
                self._journal.steps.mark_removed(made.id, made.removed_why or "", now)
            elif there:
                removals.take_back_artifact(made.id)


def _is_there(row: DumpRow, places: Mapping[str, Place]) -> bool | None:
    """None where the source is not there now, or not configured any more."""
    place = places.get(row.source)
    if place is None or not place.scan.present:
        return None
    if row.raw_name in place.scan.passed_over:
        return True
    return any(
        file.raw_name == row.raw_name and file.identity == row.identity for file in place.scan.files
    )


def _is_file_there(made: ArtifactRow) -> bool | None:
    """None where its directory cannot be looked at, such as that of an unmounted volume."""
    try:
        status = os.lstat(os.path.join(made.directory, made.name))
    except FileNotFoundError:
        return False if os.path.isdir(made.directory) else None
    except OSError:
        return None
    return is_the_file(status, made)


def _artifact(row: ArtifactRow) -> Artifact:
    return Artifact(
        stage=row.stage,
        kind=row.kind,
        path=os.path.join(row.directory, row.name),
        size=row.size,
    )
