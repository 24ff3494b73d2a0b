"""The child that reads one dump's bytes and runs its stages, given descriptors and no paths.

It is forked from the nursery, does one job and ends. Whatever happens to it (a crash, a bomb, a
hang ended by a kill) costs this dump's step and nothing else.
"""

from __future__ import annotations

import os
import socket
import time
import traceback
from typing import NoReturn

from pipeline.corefile import CHUNK, DumpName, Hole, Inspector, pieces
from pipeline.display import one_line
from pipeline.errors import DumpChanged, Rejected, TryAgain, WireError
from pipeline.model import CoreFacts, Dump, Inspection
from pipeline.plugin import Follower, Stage, StepResult
from pipeline.registry.discovery import rebuild
from pipeline.workers.wire import (
    DOWN,
    Begin,
    Channel,
    Committed,
    Done,
    Down,
    End,
    Facts,
    Failed,
    Finish,
    Hopeless,
    Job,
    Judged,
    Progress,
    Proven,
    Ready,
)
from pipeline.workers.workspace import DumpFile, WorkerWorkspace

_POLL = 0.1
"""Seconds between two looks at a file that grows: one fstat each."""
_REPORT_EVERY = 0.2


def main(sock: socket.socket) -> NoReturn:
    """Do the one job that the daemon sends, then leave the process."""
    status = 1
    try:
        channel: Channel[Down] = Channel(sock, DOWN)
        _work(channel)
        status = 0
    except WireError:
        status = 0  # the daemon is gone or wants no more of this: nobody is left to tell
    except BaseException:  # the daemon sees the exit status, people the traceback
        traceback.print_exc()
    finally:
        os._exit(status)


def _work(channel: Channel[Down]) -> None:
    job = channel.receive()
    if not isinstance(job, Job):
        raise WireError("expected a job")
    fd = channel.descriptor()
    stages = [(use.name, _stage(use.reference, use.config)) for use in job.stages]
    if job.read and _Reading(channel, job, fd, stages).run() is None:
        return
    begin = channel.receive()
    if not isinstance(begin, Begin):
        raise WireError("expected to begin")
    _run_stages(channel, fd, begin, stages)


def _stage(reference: str, config: dict[str, object]) -> Stage:
    stage = rebuild(reference, config)
    if not isinstance(stage, Stage):
        raise WireError(f"{reference} is not a stage")
    return stage


class _Reading:
    """Follows the file while it grows and judges it once the daemon says that it is finished."""

    def __init__(
        self, channel: Channel[Down], job: Job, fd: int, stages: list[tuple[str, Stage]]
    ) -> None:
        self._channel = channel
        self._fd = fd
        self._inspector = Inspector(
            name=DumpName.parse(job.raw_name), max_uncompressed=job.max_uncompressed
        )
        offers = [stage.follow() for _name, stage in stages]
        self._followers: list[Follower] = [offer for offer in offers if offer is not None]
        self._told: CoreFacts | None = None
        self._offset = 0
        self._proven = -1
        self._last_report = 0.0

    def run(self) -> Inspection | None:
        """Return the verdict sent, or None where the file can be no dump."""
        while True:
            self._read_to(os.fstat(self._fd).st_size)
            if self._inspector.hopeless:
                self._inspector.hole(max(os.fstat(self._fd).st_size - self._offset, 0))
                self._channel.send(Hopeless(self._inspector.finish()))
                return None
            if self._inspector.proven and self._proven != self._offset:
                self._proven = self._offset
                self._channel.send(Proven(self._offset))
            message = self._channel.receive(_POLL)
            if isinstance(message, Finish):
                return self._judge(message)
            if message is not None:
                raise WireError("expected to finish")

    def _judge(self, finish: Finish) -> Inspection:
        self._read_to(finish.size)
        inspection = self._inspector.finish(finish.evidence)
        self._channel.send(Judged(inspection))
        return inspection

    def _read_to(self, stop: int) -> None:
        for piece in pieces(self._fd, self._offset, stop, CHUNK):
            if isinstance(piece, Hole):
                self._offset += piece.length
                self._inspector.hole(piece.length)
                for follower in self._followers:
                    follower.hole(piece.length)
            else:
                self._offset += len(piece)
                self._inspector.feed(piece)
                for follower in self._followers:
                    follower.feed(piece)
            self._tell()
            if self._inspector.hopeless:
                return

    def _tell(self) -> None:
        facts = self._inspector.facts
        if facts is not self._told:
            self._told = facts
            self._channel.send(Facts(facts))
        now = time.monotonic()
        if now - self._last_report < _REPORT_EVERY:
            return
        self._last_report = now
        expected = facts.expected_size
        done = self._inspector.uncompressed_bytes if expected else self._offset
        self._channel.send(Progress(done=done, total=expected, file_bytes=self._offset))


def _run_stages(
    channel: Channel[Down], fd: int, begin: Begin, stages: list[tuple[str, Stage]]
) -> None:
    artifacts, facts = dict(begin.artifacts), dict(begin.facts)
    for name, stage in stages:
        channel.send(Ready(name))
        work = WorkerWorkspace(channel, DumpFile(fd, begin.dump.size), artifacts, facts)
        result = _attempt(channel, name, stage, begin.dump, work)
        if result is None:
            return
        channel.send(
            Done(
                stage=name,
                tokens=work.finish(result.outputs),
                facts=dict(result.facts),
                ends=result.ends,
            )
        )
        answer = channel.receive()
        if not isinstance(answer, Committed):
            raise WireError("expected the step to be committed")
        artifacts |= {artifact.kind: artifact for artifact in answer.artifacts}
        facts[name] = dict(result.facts)
        if result.ends is not None:
            break
    channel.send(End())


def _attempt(
    channel: Channel[Down], name: str, stage: Stage, dump: Dump, work: WorkerWorkspace
) -> StepResult | None:
    """Run one stage; tell the daemon and return None where it fails."""
    try:
        result = stage.run(dump, work)
        work.sync(result.outputs)
    except WireError:
        raise
    except DumpChanged as error:
        channel.send(Failed(stage=name, outcome="changed", reason=_reason(error)))
    except (TryAgain, OSError, MemoryError) as error:
        channel.send(Failed(stage=name, outcome="again", reason=_reason(error)))
    except Rejected as error:
        channel.send(Failed(stage=name, outcome="rejected", reason=_reason(error)))
    except BaseException as error:  # a stranger's plugin may raise anything
        traceback.print_exc()
        reason = f"the stage has a bug: {type(error).__name__}: {_reason(error)}"
        channel.send(Failed(stage=name, outcome="bug", reason=reason))
    else:
        return result
    return None


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return one_line(text or str(error) or type(error).__name__)
