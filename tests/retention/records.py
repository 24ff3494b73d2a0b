"""A journal with dumps in it, their files, and the chain that went over them."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from pipeline import FileStage, Retention, Stage, StepResult
from pipeline.journal import Journal
from pipeline.journal.rows import ArtifactRow, DumpRow, State
from pipeline.model import Dump, Identity, Inspection, Kind, Verdict
from pipeline.plugin import Workspace
from pipeline.publishing.publisher import Publisher
from pipeline.registry.discovery import Built
from pipeline.retention.holdings import Kept, Place
from pipeline.retention.upkeep import Proposal, decide, places_of, take_stock
from pipeline.sources.directory import DirectorySource, DirectoryWatch
from pipeline.stages.retain import Retain

NOW = 1_800_000_000.0


@dataclass(frozen=True, kw_only=True)
class Pack(FileStage):
    makes: ClassVar[frozenset[str]] = frozenset({"zip"})

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Press(FileStage):
    """Puts on the spool what is to be sent."""

    keeps: ClassVar[Any] = "spool"
    background: ClassVar[bool] = True
    makes: ClassVar[frozenset[str]] = frozenset({"archive"})

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Post(Stage):
    """Hands the zip itself on."""

    background: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"zip"})

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Send(Stage):
    background: ClassVar[bool] = True
    remote: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"archive"})

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


def built(name: str, plugin: Stage) -> Built[Stage]:
    return Built(name=name, use=name, reference=f"tests:{name}", config={}, plugin=plugin)


RETAIN = built("retain", Retain())
LOCAL = (built("package", Pack()), RETAIN)
ARCHIVE = (built("package", Pack()), built("press", Press()), built("send", Send()), RETAIN)


def name(number: int, client: str = "10.0.40.7") -> str:
    return f"core-xnu-11417.101.15-{client}-1f0c3a{number:02x}.gz"


class Records:
    """Makes dumps as a daemon would have left them."""

    def __init__(
        self, root: Path, chain: Sequence[Built[Stage]] = LOCAL, journal: Journal | None = None
    ) -> None:
        self.chain = tuple(chain)
        self.dumps, self.zips = root / "dumps", root / "zips"
        self.dumps.mkdir()
        self.zips.mkdir(mode=0o750)
        self.journal = journal or Journal.in_memory()
        self.publisher = Publisher(self.journal)
        source = DirectorySource(path=self.dumps)
        self.watch: DirectoryWatch = source.start(lambda: None)
        self.watches = {"directory": self.watch}

    def close(self) -> None:
        self.watch.stop()
        self.publisher.close()
        self.journal.close()

    def arrive(self, file: str, content: bytes = b"core", **more: Any) -> DumpRow:
        """A file that has just been seen."""
        path = self.dumps / file
        path.write_bytes(content)
        status = path.stat()
        identity = Identity(inode=status.st_ino, size=status.st_size, mtime_ns=status.st_mtime_ns)
        return self.journal.dumps.add(
            source="directory", raw_name=file.encode(), identity=identity, now=NOW - 60, **more
        )

    def judged(
        self, file: str, verdict: Verdict = Verdict.COMPLETE, kind: Kind = Kind.CORE, **more: Any
    ) -> DumpRow:
        row = self.arrive(file, **more)
        size = row.identity.size
        found = Inspection(verdict=verdict, reason="", kind=kind, file_size=size, good_size=size)
        self.journal.dumps.judge(row.id, row.identity, found, "closed", NOW - 50)
        return self.journal.dumps.get(row.id)

    def did(self, row: DumpRow, stage: str, kind: str = "", ends: str | None = None) -> None:
        """A stage is done, and has made a file where a kind is given."""
        made = [self._file(row, stage, kind)] if kind else []
        self.journal.steps.intend(row.id, stage, facts={}, ends=ends, artifacts=made)
        self.journal.steps.complete(row.id, stage, NOW - 40)

    def _file(self, row: DumpRow, stage: str, kind: str) -> ArtifactRow:
        path = self.zips / f"{row.id}.{kind}"
        path.write_bytes(b"made")
        return ArtifactRow(
            id=0, dump=row.id, stage=stage, kind=kind, directory=str(self.zips), temporary=".t",
            name=path.name, suffix=f".{kind}", inode=path.stat().st_ino, size=4, published=False,
        )  # fmt: skip

    def done(self, file: str, verdict: Verdict = Verdict.COMPLETE, **more: Any) -> DumpRow:
        """Packaged, sent where the chain sends, and done with."""
        row = self.judged(file, verdict, **more)
        self.did(row, "package", "zip")
        for stage in self.chain:
            if stage.name in ("press", "send"):
                self.did(row, stage.name)
        return self.end(row, State.DONE)

    def end(self, row: DumpRow, state: State) -> DumpRow:
        self.journal.dumps.end(row.id, state, None, NOW - 30)
        return self.journal.dumps.get(row.id)

    def places(self) -> dict[str, Place]:
        return places_of(self.watches)

    def kept(self, now: float = NOW) -> dict[str, Kept]:
        """What is kept, by the file's name."""
        stock = take_stock(self.journal, self.chain, self.places(), now)
        return {os.path.basename(each.holding.path): each for each in stock.kept}

    def proposed(self, stage: Retention, now: float = NOW) -> Proposal:
        """What a stage in retain's place comes to."""
        chain = (*self.chain[:-1], built("retain", stage))
        return decide(take_stock(self.journal, chain, self.places(), now), chain)

    def decided(self, stage: Retention, now: float = NOW) -> dict[str, str]:
        """What a stage in retain's place decides, by the file's name; removals come first."""
        return {
            os.path.basename(each.kept.holding.path): each.reason
            for each in self.proposed(stage, now).decisions
        }
