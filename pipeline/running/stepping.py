"""One worker's way through the stages of one judged dump."""

from __future__ import annotations

import asyncio
import math
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.confinement.limits import bytes_of
from pipeline.display import duration, one_line
from pipeline.durability import full_sync
from pipeline.errors import DumpChanged, RefusedDirectory, Rejected, TryAgain, WireError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow
from pipeline.model import Artifact, Dump
from pipeline.plugin import FileStage, Stage, Transfer
from pipeline.publishing.publisher import Draft, Publisher
from pipeline.registry.discovery import Built
from pipeline.running.memories import Memories
from pipeline.running.observer import Observer
from pipeline.workers.deaths import SILENCE, StepFailed
from pipeline.workers.lanes import Lease
from pipeline.workers.wire import (
    Begin,
    Committed,
    Create,
    Created,
    Done,
    End,
    Failed,
    Open,
    Opened,
    Progress,
    Ready,
    Recall,
    Remember,
    Up,
)

_MOST_DRAFTS = 16


@dataclass
class _Current:
    """The stage that is running."""

    name: str
    directory: Path | None
    drafts: dict[int, Draft] = field(default_factory=dict)
    memory: Memories | None = None
    ends: float | None = None
    """When it must be done, on the monotonic clock."""


class Conversation:
    """Serves a worker's requests until its stages are done."""

    def __init__(
        self,
        row: DumpRow,
        transfer: Transfer,
        lease: Lease,
        stages: Mapping[str, Built[Stage]],
        *,
        journal: Journal,
        publisher: Publisher,
        observer: Observer,
    ) -> None:
        self._row = row
        self._transfer = transfer
        self._session = lease.session
        self._expected = list(lease.stages)
        self._stages = stages
        self._journal = journal
        self._publisher = publisher
        self._observer = observer
        self._current: _Current | None = None
        self._token = 0
        self._ended = False
        self._bytes = row.identity.size

    @property
    def stage(self) -> str | None:
        """The stage that runs or would be next; where a dead worker is counted."""
        if self._current is not None:
            return self._current.name
        return None if self._ended or not self._expected else self._expected[0]

    async def run(self, dump: Dump) -> None:
        """Return when the worker's stages are done or the chain has ended.

        StepFailed, DumpChanged or WireError otherwise.
        """
        self._bytes = bytes_of(dump)
        steps = self._journal.steps
        begin = Begin(
            dump=dump,
            artifacts={made.kind: made for made in steps.artifacts(dump.id)},
            facts={s.stage: dict(s.facts) for s in steps.of(dump.id).values() if s.facts},
        )
        await self._session.send(begin)
        try:
            while not isinstance(message := await self._receive(), End):
                await self._serve(message)
            if self._current is not None or (self._expected and not self._ended):
                raise WireError("an end before the last stage was done")
        finally:
            self._discard()

    async def _receive(self) -> Up:
        ends = None if self._current is None else self._current.ends
        left = math.inf if ends is None else ends - time.monotonic()
        message = await self._session.receive(min(SILENCE, left)) if left > 0 else None
        if message is None and left <= SILENCE:
            raise WireError(self._session.limits.over_time)
        if message is None:
            raise WireError(f"nothing was heard of it for {duration(SILENCE)}")
        return message

    async def _serve(self, message: Up) -> None:
        if isinstance(message, Ready):
            self._ready(message.stage)
            return
        current = self._current
        if current is None:
            raise WireError("a message outside of a stage")
        if isinstance(message, Progress):
            self._observer.progress(
                self._row, current.name, message.done, message.total, message.file_bytes
            )
        elif isinstance(message, Create):
            await self._create(current, message)
        elif isinstance(message, Open):
            await self._open(current, message.kind)
        elif isinstance(message, Remember | Recall):
            await self._recall(current, message)
        elif isinstance(message, Done):
            await self._done(current, message)
        elif isinstance(message, Failed):
            if current.memory is not None and current.memory.grew:
                self._journal.steps.hearten(self._row.id, current.name)
            raise _failure(current.name, message)
        else:
            raise WireError("an unexpected message from a stage")

    def _ready(self, name: str) -> None:
        if self._current is not None or not self._expected or self._expected[0] != name:
            raise WireError("a stage out of order")
        stage = self._stages[name].plugin
        directory = stage.directory if isinstance(stage, FileStage) else None
        self._expected.pop(0)
        self._current = _Current(name, directory, ends=self._end(stage))
        self._observer.progress(self._row, name, 0, None, 0)

    def _end(self, stage: Stage) -> float | None:
        if stage.remote:  # how long others take is theirs to say
            return None
        return time.monotonic() + self._session.limits.step_seconds(self._bytes)

    async def _create(self, current: _Current, message: Create) -> None:
        if current.directory is None or len(current.drafts) >= _MOST_DRAFTS:
            raise WireError("a file from a stage that may not make it")
        try:
            draft = self._publisher.draft(
                current.directory, self._row.id, message.kind, message.suffix
            )
        except (OSError, TryAgain, RefusedDirectory) as error:
            raise _again(current.name, error) from error
        self._token += 1
        current.drafts[self._token] = draft
        await self._session.send(Created(self._token), draft.temporary.fd)

    async def _open(self, current: _Current, kind: str) -> None:
        made = {artifact.kind: artifact for artifact in self._journal.steps.artifacts(self._row.id)}
        try:
            fd = self._publisher.open(made[kind])
        except FileNotFoundError as error:
            raise StepFailed(current.name, _gone(made[kind])) from error
        except (KeyError, OSError, TryAgain, RefusedDirectory) as error:
            await self._session.send(Opened(f"the {kind} made earlier cannot be opened: {error}"))
            return
        try:
            await self._session.send(Opened(), fd)
        finally:
            os.close(fd)

    async def _recall(self, current: _Current, message: Remember | Recall) -> None:
        if current.memory is None:
            current.memory = Memories(self._journal.memory, self._row.id, current.name)
        await self._session.send(current.memory.answer(message))

    async def _done(self, current: _Current, message: Done) -> None:
        if message.stage != current.name or not set(message.tokens) <= current.drafts.keys():
            raise WireError("a result that does not belong to its stage")
        if not set(message.releases) <= self._stages[current.name].plugin.needs:
            raise WireError("a release of what the stage does not need")
        tokens = tuple(dict.fromkeys(message.tokens))
        await self._sync(current, tokens)
        if self._transfer.look() != self._row.identity:
            raise DumpChanged(f"it changed while {current.name} worked on it")
        chosen = [current.drafts.pop(token) for token in tokens]
        try:
            artifacts = self._publisher.publish(
                self._row.id,
                self._row.raw_name,
                current.name,
                current.directory,
                chosen,
                message.facts,
                None if message.ends is None else one_line(message.ends),
                tuple(dict.fromkeys(message.releases)),
            )
        except (OSError, TryAgain, RefusedDirectory) as error:
            raise _again(current.name, error) from error
        self._discard()
        self._current = None
        self._ended = message.ends is not None
        for made in artifacts:
            self._observer.note(self._row, f"{current.name}: made {made.path}")
        await self._session.send(Committed(tuple(artifacts)))

    async def _sync(self, current: _Current, tokens: Sequence[int]) -> None:
        """See that the files are on the disk, in a thread: it may take long, and others go on."""
        try:
            for token in tokens:
                await asyncio.to_thread(full_sync, current.drafts[token].temporary.fd)
        except OSError as error:
            raise _again(current.name, error) from error

    def _discard(self) -> None:
        current = self._current
        if current is not None and current.directory is not None:
            self._publisher.discard(current.directory, list(current.drafts.values()))
            current.drafts.clear()


def _failure(stage: str, message: Failed) -> Exception:
    reason = one_line(message.reason)
    if message.outcome == "again":
        return StepFailed(stage, TryAgain(reason))
    if message.outcome == "changed":
        return DumpChanged(reason)
    return StepFailed(stage, Rejected(reason))


def _gone(made: Artifact) -> Rejected:
    """Its directory is there, and its volume is mounted: waiting brings nothing back."""
    return Rejected(
        f"{one_line(made.path)}: is gone; put it back, or let panicpipe retry make it anew from "
        "the dump, as it does with what is missing from the spool"
    )


def _again(stage: str, error: Exception) -> StepFailed:
    reason = f"{error.strerror}" if isinstance(error, OSError) and error.strerror else str(error)
    return StepFailed(stage, TryAgain(reason))
