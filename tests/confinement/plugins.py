"""Stages that reach for what a worker has given up, or take more than they may."""

from __future__ import annotations

import ctypes
import fcntl
import os
import resource
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import Dump, Follower, Stage, StepResult, Workspace

_LASTING = (
    *("signal by the kernel", "outlive", "open to others", "stay", "unweighed memory"),
    *("change what is open", "touch"),
)


@dataclass(frozen=True, kw_only=True)
class Reaches(Stage):
    """Tries each thing, and reports what it got or which error."""

    port: int = 0
    nursery: int = 0
    file: str = "/etc/shadow"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        tries: dict[str, Callable[[], Any]] = {
            "file": lambda: Path(self.file).read_text(),
            "connect": lambda: socket.create_connection(("127.0.0.1", self.port)).close(),
            "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM),
            "pair": socket.socketpair,
            "fork": _forked,
            "program": lambda: subprocess.run([sys.executable, "-c", ""], check=True),
            "exec": lambda: os.execv("/bin/true", ["true"]),
            "signal": lambda: os.kill(os.getppid(), 0),
            "signal all": lambda: os.kill(-1, 0),
            "signal by the kernel": lambda: _signalled_by_kernel(os.getppid()),
            "outlive": lambda: os.setsid(),
            "open to others": lambda: _prctl(4, 1),
            "stay": lambda: _prctl(1, 0),
            "unweighed memory": lambda: os.memfd_create("x"),
            "signal itself": lambda: os.kill(os.getpid(), 0),
            "root": lambda: os.setuid(0),
            "effective root": lambda: os.seteuid(0),
            "root's group": lambda: os.setgid(0),
            "groups": lambda: os.setgroups([0]),
            "another's limits": lambda: resource.prlimit(os.getppid(), resource.RLIMIT_CORE),
            "parent's memory": lambda: os.open(f"/proc/{os.getppid()}/mem", os.O_RDONLY),
            "write": lambda: Path(self.file).with_name("mine").write_text("x"),
            "remove": lambda: Path(self.file).unlink(),
            "change": lambda: Path(self.file).chmod(0o777),
            "change what is open": lambda: _opened(self.file, lambda fd: os.fchmod(fd, 0o777)),
            "touch": lambda: _opened(self.file, lambda fd: os.utime(fd, (1, 1))),
            "discard": lambda: Path("/dev/null").write_text("x"),
            "thread": _threaded,
        }
        if self.runs_in == "daemon":
            for name in ("exec", "write", "remove", "change", *_LASTING):
                del tries[name]  # nobody would come back from the first
        facts = {name: _outcome(attempt) for name, attempt in tries.items()}
        ids = [*os.getresuid(), *os.getresgid(), *os.getgroups()]
        return StepResult(facts={**facts, "ids": ids, "status": _status()})


@dataclass(frozen=True, kw_only=True)
class ReachesFar(Reaches):
    """The same, of a stage that talks to other machines."""

    remote = True


@dataclass(frozen=True, kw_only=True)
class Trusted(Reaches):
    """The same with the daemon's rights."""

    runs_in = "daemon"


@dataclass(frozen=True, kw_only=True)
class Prepares(Stage):
    """Reads a file before the rights are gone, and says what it could read then and later."""

    file: str

    def prepare(self) -> None:
        object.__setattr__(self, "_then", Path(self.file).read_text())

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        later = _outcome(lambda: Path(self.file).read_text())
        return StepResult(facts={"then": getattr(self, "_then", None), "later": later})


@dataclass(frozen=True, kw_only=True)
class Sees(Stage):
    """Says whether a variable is in its environment."""

    variable: str = "AWS_SECRET_ACCESS_KEY"

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult(
            facts={"now": self.variable in os.environ, "ever": self._was_started_with()}
        )

    def _was_started_with(self) -> bool:
        if sys.platform != "linux":
            return False
        return self.variable.encode() in Path("/proc/self/environ").read_bytes()


@dataclass(frozen=True, kw_only=True)
class SeesFar(Sees):
    """The same, of a stage that talks to other machines."""

    remote = True


@dataclass(frozen=True, kw_only=True)
class SeesBefore(Sees):
    """The same, of a stage that takes what it needs before there is a dump."""

    def prepare(self) -> None:
        object.__setattr__(self, "_then", self.variable in os.environ)

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        seen = super().run(dump, work).facts
        return StepResult(facts={**seen, "then": getattr(self, "_then", None)})


@dataclass(frozen=True, kw_only=True)
class SeesFarBefore(SeesBefore):
    """The same, of one that talks to other machines."""

    remote = True


@dataclass(frozen=True, kw_only=True)
class Takes(Stage):
    """Takes more and more of something."""

    what: str

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        getattr(self, f"_{self.what}")(work)
        return StepResult()

    def _memory(self, work: Workspace) -> None:
        kept = []
        while True:
            kept.append(b"x" * (8 << 20))
            time.sleep(0.01)

    def _addresses(self, work: Workspace) -> None:
        bytearray(1 << 45)

    def _cpu(self, work: Workspace) -> None:
        while True:
            pass

    def _time(self, work: Workspace) -> None:
        while True:
            work.progress(1, 2)
            time.sleep(0.05)

    def _words(self, work: Workspace) -> None:
        for _ in range(40):
            sys.stderr.write("\x1b[31mwords " * 1024 + "\n")


@dataclass(frozen=True, kw_only=True)
class Lingers(Stage):
    """Takes too much while the dump is read."""

    what: str

    def follow(self) -> Follower:
        return _Lingering(self.what)

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        return StepResult()


class _Lingering(Follower):
    def __init__(self, what: str) -> None:
        self._what = what

    def feed(self, data: bytes) -> None:
        if self._what == "time":
            time.sleep(3600)
        while True:
            pass

    def hole(self, length: int) -> None: ...


def _outcome(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"


def _signalled_by_kernel(pid: int) -> None:
    ours, _ = os.pipe()
    fcntl.fcntl(ours, fcntl.F_SETOWN, pid)


def _prctl(option: int, argument: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, argument, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "")


def _opened(file: str, act: Callable[[int], Any]) -> None:
    fd = os.open(file, os.O_RDONLY)
    try:
        act(fd)
    finally:
        os.close(fd)


def _forked() -> None:
    if os.fork() == 0:
        os._exit(0)
    os.wait()


def _threaded() -> None:
    thread = threading.Thread(target=lambda: None)
    thread.start()
    thread.join()


def _status() -> dict[str, str]:
    with open("/proc/thread-self/status") as file:
        lines = dict(line.split(":", 1) for line in file)
    core = str(resource.getrlimit(resource.RLIMIT_CORE))
    return {"core": core} | {name: lines[name].strip() for name in ("NoNewPrivs", "Seccomp")}
