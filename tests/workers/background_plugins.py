"""Stages for after the announcement: they archive, send, remember and take back."""

from __future__ import annotations

import os
import signal
import stat
import time
from dataclasses import dataclass
from typing import ClassVar

from pipeline import Dump, DumpChanged, FileStage, Rejected, Stage, StepResult, TryAgain, Workspace


@dataclass(frozen=True, kw_only=True)
class Archives(FileStage):
    """Copies the dump in the background, for a stage that sends the copy."""

    background: ClassVar[bool] = True
    keeps: ClassVar = "spool"
    makes: ClassVar[frozenset[str]] = frozenset({"archive"})
    gate: str = ""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        _wait_for(self.gate)
        output = work.create("archive", ".arc")
        output.file.write(work.dump_file.read())
        return StepResult(outputs=[output], facts={"content_sha256": "ab" * 32})


@dataclass(frozen=True, kw_only=True)
class Seals(FileStage):
    """Makes another archive of the archive, which nobody needs afterwards."""

    background: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"archive"})
    makes: ClassVar[frozenset[str]] = frozenset({"archive"})
    releases: str = "archive"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        output = work.create("archive", ".sealed")
        with work.open("archive") as file:
            output.file.write(b"sealed: " + file.read())
        return StepResult(outputs=[output], releases=frozenset({self.releases}))


@dataclass(frozen=True, kw_only=True)
class Sends(Stage):
    """Stands for an upload: waits for its gate, then fails or succeeds, and notes each try."""

    runs_in: ClassVar = "daemon"
    background: ClassVar[bool] = True
    remote: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    needs: ClassVar[frozenset[str]] = frozenset({"archive"})
    gate: str = ""
    what: str = ""
    tries: str = ""
    link: str = ""
    """A presigned one, to be reported."""
    keeps: bool = False

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        _note(self.tries, dump.name)
        _wait_for(self.gate)
        if self.what == "again":
            raise TryAgain("the server does not answer")
        if self.what == "rejected":
            raise Rejected("no such bucket")
        if self.what == "changed":
            raise DumpChanged("other bytes")
        if self.what == "reads":
            work.dump_file.read(1)
        with work.open("archive") as file:
            size = len(file.read())
        facts = {"url": f"s3://bucket/{dump.name}/a.arc", "size": size, "open": _open_files()}
        if self.link:
            facts |= {"presigned_url": self.link, "presigned_until": time.time() + 3600}
        return StepResult(
            facts=facts,
            releases=frozenset() if self.keeps else frozenset({"archive"}),
        )


@dataclass(frozen=True, kw_only=True)
class SendsAway(Sends):
    """The same, where nothing was made before."""

    needs: ClassVar[frozenset[str]] = frozenset()

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        _note(self.tries, dump.name)
        _wait_for(self.gate)
        if self.what == "again":
            raise TryAgain("the server does not answer")
        return StepResult(facts={"url": f"s3://bucket/{dump.name}"})


@dataclass(frozen=True, kw_only=True)
class Advances(Stage):
    """Gets a step further in each run, up to a point, and never to its end."""

    background: ClassVar[bool] = True
    remote: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    parts: int

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        done = next(n for n in range(self.parts + 1) if work.recall(f"part-{n}") is None)
        if done < self.parts:
            work.remember(f"part-{done}", "sent")
        raise TryAgain("the connection broke")


@dataclass(frozen=True, kw_only=True)
class Remembers(Stage):
    """Remembers how often it ran; ends its worker while the gate is shut."""

    background: ClassVar[bool] = True
    remote: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False
    runs_in: ClassVar = "daemon"  # it writes files by their path
    gate: str = ""
    fault: str = ""
    abandoned: str = ""
    refuses: str = ""
    """How many times to fail to take it back, or with which error."""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        runs = (work.recall("runs") or 0) + 1
        work.remember("runs", runs)
        if self.fault == "again":
            raise TryAgain("the server does not answer")
        if self.fault == "hang":
            _wait_for("/nonexistent/for/ever")
        if not os.path.exists(self.gate):
            os.kill(os.getpid(), signal.SIGKILL)
        return StepResult(facts={"runs": runs})

    def abandon(self, dump: Dump, work: Workspace) -> None:
        with open(self.abandoned, "a+") as file:
            file.write(f"{dump.id} {work.recall('runs')}\n")
            file.seek(0)
            tries = len(file.readlines())
        if self.refuses == "rejected":
            raise Rejected("not ours")
        if self.refuses == "bug":
            raise ZeroDivisionError
        if self.refuses == "die" and tries < 2:
            os.kill(os.getpid(), signal.SIGKILL)
        if self.refuses == "again" and tries < 2:
            raise TryAgain("the server does not answer")


@dataclass(frozen=True, kw_only=True)
class AsksTooMuch(Stage):
    """Remembers what no stage may."""

    key: str
    length: int = 1

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        work.remember(self.key, "x" * self.length)
        return StepResult()


def _note(path: str, line: str) -> None:
    if path:
        with open(path, "a") as file:
            file.write(f"{line}\n")


def _wait_for(gate: str) -> None:
    while gate and not os.path.exists(gate):
        time.sleep(0.02)


def _open_files() -> list[str]:
    """The regular files that this process holds open."""
    found = []
    for name in os.listdir("/dev/fd"):
        try:
            status = os.fstat(int(name))
        except OSError:
            continue
        if stat.S_ISREG(status.st_mode):
            found.append(f"{status.st_ino}")
    return found
