"""Stages that break the rules, or the worker; for the tests of what that costs."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from typing import Any, ClassVar

from pipeline import Dump, Follower, Stage, StepResult, Workspace
from pipeline.workers.workspace import WorkerWorkspace


@dataclass(frozen=True, kw_only=True)
class Reports(Stage):
    """Returns what no stage should."""

    what: str

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        deep: list[Any] = []
        for _ in range(100_000):
            deep = [deep]
        results: dict[str, Any] = {
            "many facts": StepResult(facts={"x": "y" * (300 << 10)}),
            "deep facts": StepResult(facts={"x": deep}),
            "an object": StepResult(facts={"x": object()}),
            "no text": StepResult(facts={"x": "\udcff"}),
            "nothing": None,
            "a number": StepResult(ends=3),  # type: ignore[arg-type]
            "an escape": StepResult(ends="\x1b[31m\n"),
        }
        result: StepResult = results[self.what]
        return result


@dataclass(frozen=True, kw_only=True)
class Counts(Stage):
    """Tells its progress in numbers that are no numbers of bytes."""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        for done, total in ((10**30, 1), (-5, 2), (1.5, 2.5)):
            work.progress(done, total)  # type: ignore[arg-type]
            time.sleep(0.25)
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Says(Stage):
    """Writes to the wire by itself, and then waits to be ended."""

    line: str
    times: int = 1
    end: str = "\n"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        assert isinstance(work, WorkerWorkspace)
        for _ in range(self.times):
            work._channel._socket.sendall((self.line + self.end).encode())
        time.sleep(3600)
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Leaves(Stage):
    """Ends or stops its process in some way."""

    how: str

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        assert isinstance(work, WorkerWorkspace)
        if self.how == "a fork holds the wire":
            if os.fork() == 0:
                time.sleep(20)
                os._exit(0)
            os.kill(os.getpid(), signal.SIGSEGV)
        if self.how == "a program is left behind":
            subprocess.Popen(["sleep", "20"], close_fds=False)
            os._exit(7)
        if self.how == "the wire is closed":
            work._channel._socket.close()
            time.sleep(3600)
        if self.how == "it stops":
            os.kill(os.getpid(), signal.SIGSTOP)
        os._exit(0)


@dataclass(frozen=True, kw_only=True)
class LeavesOthers(Leaves):
    """Has the daemon's rights, without which it could leave no process behind."""

    runs_in: ClassVar = "daemon"


@dataclass(frozen=True, kw_only=True)
class FailsEarly(Stage):
    """Fails in the worker before its turn has come."""

    when: str
    daemon: int

    def __post_init__(self) -> None:
        if self.when == "made" and os.getpid() != self.daemon:
            raise RuntimeError("not here")

    def follow(self) -> Follower | None:
        if self.when == "asked":
            raise ZeroDivisionError("no follower")
        return _Fails() if self.when == "fed" else None

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


class _Fails(Follower):
    def feed(self, data: bytes) -> None:
        raise ZeroDivisionError("bad bytes\x1b[31m")

    def hole(self, length: int) -> None:
        raise ZeroDivisionError("bad hole")
