"""Stages that misbehave, for the tests of workers."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

from pipeline import (
    Dump,
    DumpChanged,
    FileStage,
    Follower,
    Rejected,
    Stage,
    StepResult,
    TryAgain,
    Workspace,
)


@dataclass(frozen=True, kw_only=True)
class Nothing(Stage):
    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult(facts={"pid": os.getpid()})


@dataclass(frozen=True, kw_only=True)
class Ends(Stage):
    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult(ends="enough")


@dataclass(frozen=True, kw_only=True)
class Raises(Stage):
    what: str

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        errors: dict[str, BaseException] = {
            "again": TryAgain("later"),
            "rejected": Rejected("never"),
            "changed": DumpChanged("other bytes"),
            "oserror": OSError(28, "No space left on device"),
            "bug": ZeroDivisionError("oops\n\x1b[31m"),
            "exit": SystemExit(3),
        }
        raise errors[self.what]


@dataclass(frozen=True, kw_only=True)
class Dies(Stage):
    """Ends its worker; with a `times` file, only so often."""

    times: int = 1_000_000
    counter: str = ""

    def prepare(self) -> None:
        if self.counter:
            counter = os.open(self.counter, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            object.__setattr__(self, "_counter", counter)

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        if self.counter:
            counter: int = getattr(self, "_counter")  # noqa: B009
            if os.fstat(counter).st_size >= self.times:
                return StepResult()
            os.write(counter, b"x")
        os.kill(os.getpid(), signal.SIGKILL)
        return StepResult()


@dataclass(frozen=True, kw_only=True)
class Hangs(FileStage):
    """Makes half a file, then hangs in a way that no signal handler can end."""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        output = work.create("half", ".half")
        output.file.write(b"half")
        output.file.flush()
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        work.progress(1, 2)
        while True:
            time.sleep(3600)


@dataclass(frozen=True, kw_only=True)
class Writes(FileStage):
    """Makes two files of which it keeps one, and prints where answers might be."""

    makes: ClassVar[frozenset[str]] = frozenset({"copy"})
    kind: str = "copy"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        sys.stdout.write("a plugin prints\n")
        work.create("scratch", ".scratch").file.write(b"x")
        output = work.create(self.kind, ".copy")
        for chunk in _chunks(work):
            output.file.write(chunk)
        return StepResult(outputs=[output], facts={"first": True})


@dataclass(frozen=True, kw_only=True)
class ReadsBack(Stage):
    needs: ClassVar[frozenset[str]] = frozenset({"copy"})

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        with work.open("copy") as file:
            return StepResult(facts={"copied": len(file.read()), "said": dict(work.facts)})


class _Counter(Follower):
    def __init__(self) -> None:
        self.seen = 0

    def feed(self, data: bytes) -> None:
        self.seen += len(data)

    def hole(self, length: int) -> None:
        self.seen += length


@dataclass(frozen=True, kw_only=True)
class Follows(Stage):
    """Counts the bytes while they arrive."""

    def follow(self) -> Follower:
        counter = _Counter()
        object.__setattr__(self, "_counter", counter)
        return counter

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        counter: _Counter | None = getattr(self, "_counter", None)
        return StepResult(facts={"followed": None if counter is None else counter.seen})


@dataclass(frozen=True, kw_only=True)
class WithRights(Stage):
    """Wants the daemon's rights, so it gets a worker of its own."""

    runs_in: ClassVar = "daemon"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult(facts={"pid": os.getpid()})


def _chunks(work: Workspace) -> Iterator[bytes]:
    while chunk := work.dump_file.read(4096):
        yield chunk
