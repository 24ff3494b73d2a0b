"""Takes a step's finished files to their final names, so that a crash at any point is mended.

Intention (journal), rename, completion (journal): whoever comes back after a crash finds either no
intention, and the step runs again, or one, and finishes it.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.display import safe_filename
from pipeline.errors import RefusedDirectory, TryAgain, WireError
from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow
from pipeline.model import Artifact
from pipeline.plugin import FileStage, Stage
from pipeline.publishing.outputs import OutputDirectory, Temporary
from pipeline.publishing.volumes import volume_of

_SUFFIX = re.compile(r"[A-Za-z0-9._-]{1,40}")
_KIND = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_MOST_NAMES = 10_000


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A file that a running stage is making."""

    kind: str
    suffix: str
    temporary: Temporary


class Publisher:
    """Makes, publishes and throws away the files of stages, in directories it holds open."""

    def __init__(self, journal: Journal, private: Container[Path] = ()) -> None:
        """Take the journal, and the directories that are nobody's business but ours."""
        self._journal = journal
        self._private = private
        self._directories: dict[Path, OutputDirectory] = {}
        self._volumes: dict[Path, Path] = {}

    def draft(self, directory: Path, dump: int, kind: str, suffix: str) -> Draft:
        """Start a file for a stage; WireError where a worker asks for what no stage may."""
        if not _SUFFIX.fullmatch(suffix) or not _KIND.fullmatch(kind):
            raise WireError("a file of an impossible kind or suffix")
        return Draft(
            kind=kind, suffix=suffix, temporary=self._directory(directory).create(str(dump))
        )

    def discard(self, directory: Path, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            with contextlib.suppress(OSError, TryAgain, RefusedDirectory):
                self._directory(directory).discard(draft.temporary.name)
            draft.temporary.close()

    def publish(
        self,
        dump: int,
        raw_name: bytes,
        stage: str,
        directory: Path | None,
        drafts: Sequence[Draft],
        facts: Mapping[str, Any],
        ends: str | None,
        releases: Sequence[str] = (),
    ) -> list[Artifact]:
        """Record the step's result and publish its files, which are synced; returns them.

        What it releases is removed as well, now or later: its failure is not the step's.
        """
        before = {artifact.path for artifact in self._journal.steps.artifacts(dump)}
        try:
            stem = base_name(raw_name)
            rows = [_intention(dump, stage, str(directory), stem, draft) for draft in drafts]
            self._journal.steps.intend(
                dump, stage, facts=facts, ends=ends, artifacts=rows, releases=releases
            )
        except BaseException:
            if directory is not None:
                self.discard(directory, drafts)
            raise
        try:
            self.complete(dump, stage, raw_name)
        finally:
            for draft in drafts:
                draft.temporary.close()
        self.remove_released(dump)
        return [made for made in self._journal.steps.artifacts(dump) if made.path not in before]

    def complete(self, dump: int, stage: str, raw_name: bytes) -> None:
        """Carry out what the journal intends for this step. FileNotFoundError where it can't."""
        for row in self._journal.steps.unpublished(dump):
            self._place(row, base_name(raw_name))
        self._journal.steps.complete(dump, stage, time.time())

    def _place(self, row: ArtifactRow, stem: str) -> None:
        directory = self._directory(Path(row.directory))
        name = row.name
        for number in range(2, _MOST_NAMES):
            if directory.publish(row.temporary, row.inode, name):
                return
            name = f"{stem}-{number}{row.suffix}"
            self._journal.steps.name(row.id, name)
        raise TryAgain(f"{row.directory}: holds {_MOST_NAMES} files named like {stem}")

    def remove_released(
        self, dump: int | None = None
    ) -> list[OSError | TryAgain | RefusedDirectory]:
        """Remove what later steps have released; returns why some of it cannot be removed now.

        Safe to repeat, and to be repeated until nothing is left.
        """
        faults: list[OSError | TryAgain | RefusedDirectory] = []
        for row in self._journal.steps.released(dump):
            try:
                self.remove(row, f"released by {row.released_by}")
            except (OSError, TryAgain, RefusedDirectory) as error:
                faults.append(error)
        return faults

    def remove(self, row: ArtifactRow, why: str) -> None:
        """Remove a published file, and record that and why; a file that is not it stays."""
        removed = self._directory(Path(row.directory)).remove(row.name, row.inode)
        note = "" if removed else "; it was gone already"
        self._journal.steps.mark_removed(row.id, why + note, time.time())

    def take_back_lost(self, dump: int) -> None:
        """Have the steps run again whose files are gone from the spool.

        And those that made what these steps were given, where that was released.
        """
        steps = self._journal.steps
        kept = [row for row in steps.kept(dump) if Path(row.directory) in self._private]
        waiting = [row.stage for row in kept if row.released_by is None and self._is_gone(row)]
        lost: set[str] = set()
        while waiting:
            stage = waiting.pop()
            if stage not in lost:
                lost.add(stage)
                waiting += steps.released_makers(dump, stage)
        for row in kept:
            if row.stage in lost:
                self.remove(row, "to be made anew")
        for stage in lost:
            steps.undo(dump, stage)

    def _is_gone(self, row: ArtifactRow) -> bool:
        try:
            return not self._directory(Path(row.directory)).holds(row.name)
        except (OSError, TryAgain, RefusedDirectory):  # nobody knows now
            return False

    def clear_spool(self, dump: int, why: str) -> None:
        """Remove what is left in the spool of a dump that nobody will come back to."""
        self._clear(self._journal.steps.kept(dump), why)

    def clear_outdated_spool(self) -> None:
        """Remove from the spool what belongs to revisions that newer ones took over from.

        What cannot be removed now is tried again when this is asked the next time.
        """
        self._clear(self._journal.steps.outdated(), "a newer revision took its place")

    def _clear(self, rows: Sequence[ArtifactRow], why: str) -> None:
        for row in rows:
            if Path(row.directory) in self._private:
                with contextlib.suppress(OSError, TryAgain, RefusedDirectory):
                    self.remove(row, why)

    def open(self, artifact: Artifact) -> int:
        """Open a published file for a later stage."""
        path = Path(artifact.path)
        return self._directory(path.parent).open_existing(path.name)

    def sweep(self, directory: Path) -> list[str]:
        """Remove what a crash left behind; what the journal still intends stays."""
        return self._directory(directory).sweep(self._journal.steps.owned_temporaries())

    def close(self) -> None:
        for directory in self._directories.values():
            directory.close()
        self._directories.clear()

    def _directory(self, path: Path) -> OutputDirectory:
        held = self._directories.get(path)
        if held is not None and held.is_current():
            return held
        if held is not None:
            held.close()
            del self._directories[path]
        self._volumes[path] = volume_of(path, before=self._volumes.get(path))
        self._directories[path] = OutputDirectory.open(path, private=path in self._private)
        return self._directories[path]


def private_directories(stages: Iterable[Stage]) -> frozenset[Path]:
    """Return the spools of these stages, but for what people are to find something in."""
    places: dict[str, set[Path]] = {"outputs": set(), "spool": set()}
    for stage in stages:
        if isinstance(stage, FileStage) and stage.directory is not None:
            places[stage.keeps].add(stage.directory)
    return frozenset(places["spool"] - places["outputs"])


def base_name(raw_name: bytes) -> str:
    """Return the safe name that a dump's files begin with: its own, without `.gz`."""
    stem = raw_name[:-3] if raw_name.lower().endswith(b".gz") else raw_name
    return safe_filename(stem)


def _intention(dump: int, stage: str, directory: str, stem: str, draft: Draft) -> ArtifactRow:
    made = os.fstat(draft.temporary.fd)
    return ArtifactRow(
        id=0,
        dump=dump,
        stage=stage,
        kind=draft.kind,
        directory=directory,
        temporary=draft.temporary.name,
        name=f"{stem}{draft.suffix}",
        suffix=draft.suffix,
        inode=made.st_ino,  # as it is now: FAT gives a file its number with its first bytes
        size=made.st_size,
        published=False,
    )
