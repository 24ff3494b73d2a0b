"""Processing files that somebody names, now: the same runner and workers, no daemon.

The journal is in memory and ends with the command; what it makes is published as always.
"""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Settings
from pipeline.config.terms import terms
from pipeline.display import printable
from pipeline.errors import UnreadableFile
from pipeline.journal import Journal
from pipeline.journal.rows import OPEN_STATES, DumpRow, State, StepRow
from pipeline.model import Artifact, CoreFacts, Evidence, Identity
from pipeline.owing import Desk
from pipeline.pauses import Pauses
from pipeline.plugin import FileStage, Stage, Transfer
from pipeline.publishing.publisher import Publisher, private_directories
from pipeline.registry.discovery import Built
from pipeline.running.abandoning import Abandoner
from pipeline.running.absent import Absent
from pipeline.running.observer import Observer
from pipeline.running.runner import Runner
from pipeline.workers.lanes import Lanes
from pipeline.workers.reader import Nursery

Show = Callable[[str, int, int | None], None]
"""Called with the phase and how many bytes of how many are done; None while nobody knows."""


_MOST_CHANGES = 2
"""A file that is still arriving would be read over and over."""
_PAUSES = Pauses(first=1, longest=1)
_ABANDON_LIMIT = 30.0
"""Seconds for which somebody who waits for the command waits for this as well."""


@dataclass(frozen=True, kw_only=True)
class Processed:
    """What became of one file."""

    row: DumpRow
    artifacts: tuple[Artifact, ...]
    steps: tuple[StepRow, ...]

    @property
    def failure(self) -> str | None:
        """Why it did not get to the end of the chain; None where it did."""
        if self.row.state not in (*OPEN_STATES, State.PARKED):
            return None
        has_zip = any(made.kind == "zip" for made in self.artifacts)
        still = "; the zip is there" if self.row.announced and has_zip else ""
        return f"{self.row.reason}{still}"


class NamedFile(Transfer):
    """A file that somebody says is finished."""

    def __init__(self, fd: int, shown: str = "the file") -> None:
        self._shown = shown
        self._fd = fd
        self._seen = self.look()
        self._changes = 0

    @property
    def fd(self) -> int:
        return self._fd

    def look(self) -> Identity:
        found = os.fstat(self._fd)
        return Identity(inode=found.st_ino, size=found.st_size, mtime_ns=found.st_mtime_ns)

    def finished(self) -> str | None:
        """Say so at once; UnreadableFile where the file changes again and again."""
        now = self.look()
        self._changes += now != self._seen
        self._seen = now
        if self._changes > _MOST_CHANGES:
            raise UnreadableFile(
                f"{self._shown}: changes while it is read; wait until nothing writes to it"
            )
        return "named on the command line"

    def evidence(self) -> Evidence:
        return Evidence()

    @property
    def linked(self) -> bool:
        return os.fstat(self._fd).st_nlink > 0

    def close(self) -> None:
        os.close(self._fd)


class _Shown(Observer):
    def __init__(self, show: Show | None) -> None:
        self._show = show

    def note(self, row: DumpRow, text: str) -> None:
        """The command prints the outcome itself."""

    def facts(self, row: DumpRow, facts: CoreFacts) -> None:
        """The command prints the facts itself."""

    def progress(
        self, row: DumpRow, phase: str, done: int, total: int | None, file_bytes: int
    ) -> None:
        if self._show is not None:
            phase = "reading" if phase == "arriving" else phase
            self._show(phase, done, total)

    def idle(self, row: DumpRow) -> None:
        """Nothing to clear away."""


def into(directory: Path, chain: Sequence[Built[Stage]]) -> tuple[Built[Stage], ...]:
    """Return the chain with every stage that makes files making them in `directory`."""
    return tuple(
        dataclasses.replace(
            stage,
            plugin=dataclasses.replace(stage.plugin, directory=directory),
            config={**stage.config, "directory": str(directory)},
        )
        if isinstance(stage.plugin, FileStage)
        else stage
        for stage in chain
    )


async def carry_to_end(
    runner: Runner, journal: Journal, row: DumpRow, transfer: Transfer
) -> DumpRow:
    """Carry a dump and its further revisions; return the last one, at its end or next retry."""
    following: DumpRow | None = row
    while following is not None:
        row = following
        following = await runner.carry(row, transfer)
    row = journal.dumps.get(row.id)
    if row.next_try is None and runner.goes_on_without_file(row):
        await runner.carry(row, Absent(row.identity))
    return journal.dumps.get(row.id)


class OneShot:
    """Processes files one after another with workers of its own."""

    def __init__(self, settings: Settings, chain: Sequence[Built[Stage]]) -> None:
        self._settings = settings
        self._chain = tuple(chain)
        self._journal = Journal.in_memory()
        self._publisher = Publisher(
            self._journal, private_directories(stage.plugin for stage in self._chain)
        )
        self._nursery = Nursery(["pipeline.registry.validation"], terms(settings))
        self._lanes = Lanes(
            self._nursery,
            transfers=1,
            workers=1,
            uploads=1,
            max_uncompressed=settings.max_uncompressed_size,
        )
        self._abandoner = Abandoner(
            self._chain,
            journal=self._journal,
            lanes=self._lanes,
            pauses=_PAUSES,
            limit=_ABANDON_LIMIT,
        )

    async def process(self, raw_name: bytes, fd: int, show: Show | None) -> Processed:
        """Take one open file through the chain; what went wrong is in the row."""
        transfer = NamedFile(fd, printable(raw_name))
        row = self._journal.dumps.add(
            source="command line", raw_name=raw_name, identity=transfer.look(), now=time.time()
        )
        row = await carry_to_end(self._runner(show), self._journal, row, transfer)
        # Nobody will come back to what a stage has begun elsewhere, or has left on its way there:
        # this journal ends with us, and the file that was named is still where it was.
        await self._abandoner.once(row.id)
        if row.state is not State.DONE:
            self._publisher.clear_spool(row.id, "nobody would go on with it")
        return Processed(
            row=row,
            artifacts=tuple(self._journal.steps.artifacts(row.id)),
            steps=tuple(self._journal.steps.of(row.id).values()),
        )

    def _runner(self, show: Show | None) -> Runner:
        return Runner(
            chain=self._chain,
            desk=Desk(self._journal, ()),
            pauses=_PAUSES,
            journal=self._journal,
            lanes=self._lanes,
            publisher=self._publisher,
            observer=_Shown(show),
        )

    async def stop(self) -> None:
        await self._nursery.stop()
        self._publisher.close()
        self._journal.close()
