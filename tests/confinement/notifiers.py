"""Notifiers that reach for what the child that sends has given up."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline import Message, Notifier


@dataclass(frozen=True, kw_only=True)
class Reaches(Notifier):
    """Answers who it is, and what it got."""

    secret: str
    port: int

    def prepare(self) -> None:
        object.__setattr__(self, "_then", Path(self.secret).read_text())

    def send(self, message: Message) -> str:
        tries: dict[str, Callable[[], Any]] = {
            "file": lambda: Path(self.secret).read_text(),
            "fork": os.fork,
            "connect": lambda: socket.create_connection(("localhost", self.port)).close(),
        }
        said = [f"{os.getuid()}:{os.getgid()}:{os.getgroups()}", getattr(self, "_then", "")]
        return " ".join([*said, *(f"{name}={_got(each)}" for name, each in tries.items())])


@dataclass(frozen=True, kw_only=True)
class Trusted(Reaches):
    """The same with the daemon's rights."""

    runs_in = "daemon"

    def send(self, message: Message) -> str:
        return f"{os.getuid()} {Path(self.secret).read_text()}"


@dataclass(frozen=True, kw_only=True)
class Sees(Reaches):
    """Answers which of these variables it has seen, and when."""

    def prepare(self) -> None:
        object.__setattr__(self, "_then", " ".join(_seen(os.environ)))

    def send(self, message: Message) -> str:
        ever = Path("/proc/self/environ").read_bytes()
        now = " ".join(_seen(os.environ))
        return f"{getattr(self, '_then', '')}; {now}; {b'hunter2' in ever}"


def _seen(environment: Mapping[str, str]) -> Iterator[str]:
    yield from (name for name in ("GITHUB_TOKEN", "HTTPS_PROXY", "TZ") if name in environment)


@dataclass(frozen=True, kw_only=True)
class Repeats(Reaches):
    """Answers with the title that it was given."""

    def send(self, message: Message) -> str:
        return message.title


def _got(attempt: Callable[[], Any]) -> str:
    try:
        attempt()
    except OSError as error:
        return type(error).__name__
    return "done"
