"""The part of a worker that runs the stages of a judged dump."""

from __future__ import annotations

import msgspec

from pipeline.confinement.ceilings import CpuTime
from pipeline.confinement.limits import bytes_of
from pipeline.display import one_line
from pipeline.errors import ConfigError, DumpChanged, Rejected, TryAgain, WireError
from pipeline.model import Dump
from pipeline.plugin import Stage, StepResult
from pipeline.workers.job_stages import JobStages
from pipeline.workers.telling import reason, show_trace
from pipeline.workers.wire import (
    MOST_FACTS,
    Begin,
    Channel,
    Committed,
    Done,
    Down,
    End,
    Failed,
    Ready,
)
from pipeline.workers.workspace import DumpFile, WorkerWorkspace


def run_stages(
    channel: Channel[Down],
    fd: int | None,
    begin: Begin,
    stages: JobStages,
    cpu: CpuTime | None,
) -> None:
    artifacts, facts = dict(begin.artifacts), dict(begin.facts)
    for name, stage in stages:
        channel.send(Ready(name))
        if cpu is not None:
            cpu.begin(bytes_of(begin.dump))
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
    except (WireError, MemoryError):  # the second is a death, which is counted
        raise
    except BaseException as error:  # a stranger's plugin may raise anything
        return _failed(name, error)


def abandon(channel: Channel[Down], begin: Begin, stages: JobStages) -> None:
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
    except (WireError, MemoryError):
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
    why = reason(error)
    if isinstance(error, DumpChanged):
        return Failed(stage=stage, outcome="changed", reason=why)
    if isinstance(error, TryAgain | OSError):
        return Failed(stage=stage, outcome="again", reason=why)
    if isinstance(error, Rejected | ConfigError):
        return Failed(stage=stage, outcome="rejected", reason=why)
    show_trace(error)
    bug = f"the stage has a bug: {type(error).__name__}: {why}"
    return Failed(stage=stage, outcome="bug", reason=bug)
