"""A runner on a journal in memory, with real workers, for one file at a time."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow
from pipeline.model import CoreFacts
from pipeline.one_shot import NamedFile, carry_to_end
from pipeline.owing import Desk, Destination, Rule
from pipeline.pauses import Pauses
from pipeline.plugin import Stage, Transfer
from pipeline.publishing.publisher import Publisher
from pipeline.registry.discovery import Built, load_class
from pipeline.running.observer import Observer
from pipeline.running.runner import Runner
from pipeline.workers.lanes import Lanes
from pipeline.workers.reader import Nursery

LOG = (
    b'panic(cpu 2 caller 0xfffffe0012345678): "test" @file.c:1\n'
    b"Debugger message: panic\nOS version: 24E263\n"
)
LOG_NAME = b"paniclog-xnu-11417.101.15-10.0.40.7-1f0c3a9e"


def use(name: str, reference: str, **config: Any) -> Built[Stage]:
    """Put a stage into a chain, as the configuration would."""
    stage = load_class(reference)(**config)
    plain = {key: str(v) if isinstance(v, Path) else v for key, v in config.items()}
    return Built(name=name, use=name, reference=reference, config=plain, plugin=stage)


def ours(name: str, cls: str, **config: Any) -> Built[Stage]:
    return use(name, f"tests.workers.plugins:{cls}", **config)


def background(name: str, cls: str, **config: Any) -> Built[Stage]:
    return use(name, f"tests.workers.background_plugins:{cls}", **config)


@dataclass
class Notes(Observer):
    """Remembers what it is told."""

    notes: list[str] = field(default_factory=list)
    phases: list[str] = field(default_factory=list)
    known: list[CoreFacts] = field(default_factory=list)

    def note(self, row: DumpRow, text: str) -> None:
        self.notes.append(text)

    def facts(self, row: DumpRow, facts: CoreFacts) -> None:
        self.known.append(facts)

    def progress(
        self, row: DumpRow, phase: str, done: int, total: int | None, file_bytes: int
    ) -> None:
        if phase not in self.phases:
            self.phases.append(phase)

    def idle(self, row: DumpRow) -> None:
        pass


class Bench:
    """Everything that one dump needs; use inside `async with`."""

    def __init__(
        self,
        *chain: Built[Stage],
        journal: Journal | None = None,
        first_pause: float = 10,
        rule: Rule | None = None,
    ) -> None:
        self._pauses = Pauses(first=first_pause, longest=100)
        self._route = Destination(name="ops", rule=rule or Rule())
        self.journal = journal or Journal.in_memory()
        self.nursery = Nursery()
        self.notes = Notes()
        self.publisher = Publisher(self.journal)
        self.lanes = Lanes(
            self.nursery, transfers=2, workers=2, uploads=1, max_uncompressed=1 << 30
        )
        self.runner = self.with_chain(chain)

    def with_chain(self, chain: Sequence[Built[Stage]]) -> Runner:
        return Runner(
            chain=chain,
            desk=Desk(self.journal, [self._route]),
            pauses=self._pauses,
            journal=self.journal,
            lanes=self.lanes,
            publisher=self.publisher,
            observer=self.notes,
        )

    async def __aenter__(self) -> Bench:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.nursery.stop()
        self.publisher.close()

    def add(self, transfer: Transfer, name: bytes = LOG_NAME) -> DumpRow:
        return self.journal.dumps.add(
            source="directory", raw_name=name, identity=transfer.look(), now=time.time()
        )

    async def carry(self, transfer: Transfer, name: bytes = LOG_NAME) -> DumpRow:
        """Carry a new dump to its end or its next retry."""
        return await self.carry_on(self.add(transfer, name), transfer)

    async def carry_on(self, row: DumpRow, transfer: Transfer) -> DumpRow:
        return await carry_to_end(self.runner, self.journal, row, transfer)


def file_of(path: Path, content: bytes = LOG) -> NamedFile:
    """A finished file."""
    path.write_bytes(content)
    return NamedFile(os.open(path, os.O_RDONLY))


async def until(condition: Any, seconds: float = 20) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)
