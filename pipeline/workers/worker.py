"""The child that reads one dump's bytes and runs its stages, given descriptors and no paths.

It is forked from the nursery, does one job and ends. Whatever happens to it (a crash, a bomb, a
hang ended by a kill) costs this dump's step and nothing else.
"""

from __future__ import annotations

import contextlib
import os
import socket
import sys
import time
import traceback
from typing import NoReturn

import msgspec

from pipeline.corefile import CHUNK, DumpName, Hole, Inspector, pieces
from pipeline.display import one_line, printable
from pipeline.errors import ConfigError, DumpChanged, Rejected, TryAgain, WireError
from pipeline.model import CoreFacts, Dump, Inspection
from pipeline.plugin import Stage, StepResult
from pipeline.workers.job_stages import JobStages
from pipeline.workers.wire import (
    DOWN,
    MOST_FACTS,
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
    ReadFailed,
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
    except BaseException as error:  # the daemon sees the exit status, people the traceback
        _show_trace(error)
    finally:
        os._exit(status)


def _work(channel: Channel[Down]) -> None:
    job = channel.receive()
    if not isinstance(job, Job):
        raise WireError("expected a job")
    fd = channel.descriptor() if job.has_dump else None
    stages = JobStages(job.stages)
    if job.read and (fd is None or _judged(channel, job, fd, stages) is None):
        return
    begin = channel.receive()
    if not isinstance(begin, Begin):
        raise WireError("expected to begin")
    if begin.abandon:
        _abandon(channel, begin, stages)
    else:
        _run_stages(channel, fd, begin, stages)


def _judged(channel: Channel[Down], job: Job, fd: int, stages: JobStages) -> Inspection | None:
    """Return the verdict sent, or None where there is none, and the daemon knows why."""
    try:
        return _Reading(channel, job, fd, stages).run()
    except OSError as error:  # of the dump's volume: those of followers are kept for their stages
        channel.send(ReadFailed(_reason(error)))
    return None


class _Reading:
    """Follows the file while it grows and judges it once the daemon says that it is finished."""

    def __init__(self, channel: Channel[Down], job: Job, fd: int, stages: JobStages) -> None:
        self._channel = channel
        self._stages = stages
        self._fd = fd
        self._inspector = Inspector(
            name=DumpName.parse(job.raw_name), max_uncompressed=job.max_uncompressed
        )
        stages.follow()
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
            else:
                self._offset += len(piece)
                self._inspector.feed(piece)
            self._stages.take(piece)
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


def _run_stages(channel: Channel[Down], fd: int | None, begin: Begin, stages: JobStages) -> None:
    artifacts, facts = dict(begin.artifacts), dict(begin.facts)
    for name, stage in stages:
        channel.send(Ready(name))
        reads = fd is not None and (not isinstance(stage, Stage) or stage.reads_dump)
        dump = DumpFile(fd, begin.dump.size) if fd is not None and reads else None
        work = WorkerWorkspace(channel, dump, artifacts, facts)
        done = _attempt(name, stage, begin.dump, work)
        channel.send(done)
        if isinstance(done, Failed):
            return
        answer = channel.receive()
        if not isinstance(answer, Committed):
            raise WireError("expected the step to be committed")
        for kind in done.releases:
            artifacts.pop(kind, None)
        artifacts |= {artifact.kind: artifact for artifact in answer.artifacts}
        facts[name] = done.facts
        if done.ends is not None:
            break
    channel.send(End())


def _attempt(
    name: str, stage: Stage | BaseException, dump: Dump, work: WorkerWorkspace
) -> Done | Failed:
    """Run one stage, or say why it has failed already."""
    try:
        if isinstance(stage, BaseException):
            raise stage
        result = stage.run(dump, work)
        _refuse_foreign_releases(stage, result)
        work.sync(result.outputs)
        return _done(name, result, work)
    except WireError:
        raise
    except BaseException as error:  # a stranger's plugin may raise anything
        return _failed(name, error)


def _abandon(channel: Channel[Down], begin: Begin, stages: JobStages) -> None:
    for name, stage in stages:
        channel.send(Ready(name))
        work = WorkerWorkspace(channel, None, begin.artifacts, begin.facts)
        channel.send(_abandoned(name, stage, begin.dump, work))
    channel.send(End())


def _abandoned(
    name: str, stage: Stage | BaseException, dump: Dump, work: WorkerWorkspace
) -> Done | Failed:
    try:
        if isinstance(stage, BaseException):
            raise stage
        stage.abandon(dump, work)
    except WireError:
        raise
    except BaseException as error:  # see above
        return _failed(name, error)
    return Done(stage=name, tokens=work.finish(()), facts={}, ends=None)


def _refuse_foreign_releases(stage: Stage, result: StepResult) -> None:
    foreign = sorted(result.releases - stage.needs)
    if foreign:
        raise Rejected(f"releases what it does not need: {', '.join(foreign)}")


def _done(name: str, result: StepResult, work: WorkerWorkspace) -> Done:
    facts = dict(result.facts)
    size = len(msgspec.json.encode(facts))
    if size > MOST_FACTS:
        raise Rejected(f"reports {size} bytes of facts; {MOST_FACTS} are kept at most")
    return Done(
        stage=name,
        tokens=work.finish(result.outputs),
        facts=facts,
        ends=None if result.ends is None else one_line(result.ends),
        releases=tuple(sorted(result.releases)),
    )


def _failed(stage: str, error: BaseException) -> Failed:
    reason = _reason(error)
    if isinstance(error, DumpChanged):
        return Failed(stage=stage, outcome="changed", reason=reason)
    if isinstance(error, TryAgain | OSError | MemoryError):
        return Failed(stage=stage, outcome="again", reason=reason)
    if isinstance(error, Rejected | ConfigError):
        return Failed(stage=stage, outcome="rejected", reason=reason)
    _show_trace(error)
    bug = f"the stage has a bug: {type(error).__name__}: {reason}"
    return Failed(stage=stage, outcome="bug", reason=bug)


def _show_trace(error: BaseException) -> None:
    """Write where it went wrong to the log, in which nothing hostile may stand as it is."""
    with contextlib.suppress(OSError, ValueError):  # a plugin may have closed our streams
        for line in "".join(traceback.format_exception(error)).splitlines():
            sys.stderr.write(printable(line) + "\n")


def _reason(error: BaseException) -> str:
    text = error.strerror if isinstance(error, OSError) else None
    return one_line(text or str(error) or type(error).__name__)
