"""Notifiers as strangers might write them. The child that sends imports them by name."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import ClassVar

from pipeline import Message, Notifier, Rejected, TryAgain


@dataclass(frozen=True, kw_only=True)
class Diary(Notifier):
    """Writes a line for each alert into a file; does not send while `<file>.closed` exists."""

    file: str

    def send(self, message: Message) -> None:
        if os.path.exists(f"{self.file}.closed"):
            raise TryAgain("the diary is closed")
        with open(self.file, "a") as out:
            out.write(f"{message.title}\n")


@dataclass(frozen=True, kw_only=True)
class Post(Notifier):
    """Posts an alert's title to a web server; quicker to start than apprise."""

    url: str = field(metadata={"secret": True})

    def send(self, message: Message) -> None:
        request = urllib.request.Request(self.url, data=message.title.encode(), method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            answer.read()


@dataclass(frozen=True, kw_only=True)
class Hang(Notifier):
    """Writes down its own process number and that of its helper, then never comes back."""

    runs_in: ClassVar = "daemon"  # or it could start none

    file: str

    def send(self, message: Message) -> None:
        helper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        with open(f"{self.file}.part", "w") as out:
            out.write(f"{os.getpid()} {helper.pid}")
        os.rename(f"{self.file}.part", self.file)
        time.sleep(600)


@dataclass(frozen=True, kw_only=True)
class Limits(Notifier):
    """Sends nothing, and answers how large a core file of its process could be."""

    def send(self, message: Message) -> str:
        return str(resource.getrlimit(resource.RLIMIT_CORE))


@dataclass(frozen=True, kw_only=True)
class Bad(Notifier):
    """Misbehaves in the way that `how` names."""

    how: str
    token: str = field(default="", metadata={"secret": True})

    def send(self, message: Message) -> None:
        getattr(self, f"_{self.how}")()

    def check(self) -> None:
        if self.how == "check":
            raise ValueError(f"how is wrong, says {self.token}\nand twice so")
        if self.how == "raise":
            raise KeyError(self.token)
        if self.how == "hang":
            time.sleep(600)
        print("checked", self.token)  # noqa: T201

    def _raise(self) -> None:
        raise KeyError(self.token)

    def _leave(self) -> None:
        sys.exit(0)

    def _vanish(self) -> None:
        os._exit(0)

    def _die(self) -> None:
        os.kill(os.getpid(), 9)

    def _refuse(self) -> None:
        raise Rejected(f"no such token: {self.token}")

    def _socket(self) -> None:
        raise ConnectionError(f"cannot reach https://example.org/{self.token}/hook")

    def _print(self) -> None:
        print("x" * 1_000_000, self.token)  # noqa: T201
        print(self.token, file=sys.stderr)  # noqa: T201
        os.write(1, self.token.encode())
        os.write(2, self.token.encode())

    def _threads(self) -> None:
        threading.Thread(target=time.sleep, args=(600,)).start()

    def _forks(self) -> None:
        if os.fork() == 0:
            time.sleep(20)
            os._exit(0)


@dataclass(frozen=True, kw_only=True)
class BadWithRights(Bad):
    """The same with the daemon's rights."""

    runs_in: ClassVar = "daemon"


@dataclass(frozen=True, kw_only=True)
class Forgetful(Notifier):
    """Cannot tell its destinations."""

    def send(self, message: Message) -> None: ...

    def destinations(self) -> Mapping[str, Notifier]:
        raise RuntimeError("forgot\nthem")


@dataclass(frozen=True, kw_only=True)
class Many(Notifier):
    """A diary for each of its files."""

    files: tuple[str, ...]

    def send(self, message: Message) -> None:
        for file in self.files:
            Diary(file=file).send(message)

    def destinations(self) -> Mapping[str, Notifier]:
        return {os.path.basename(file): replace(self, files=(file,)) for file in self.files}


@dataclass(frozen=True, kw_only=True)
class Ledger(Notifier):
    """A service that takes down each message's key and title, then takes its time to say so.

    While `<file>.says` exists, it answers what that says instead: `429 SECONDS` or `400`.
    """

    file: str
    seconds: float = 0.0

    def send(self, message: Message) -> str:
        self._refuse()
        line = f"{message.key} {message.title}\n".encode()
        out = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        os.write(out, line)  # here the service has it
        time.sleep(self.seconds)
        return "taken down"

    def _refuse(self) -> None:
        try:
            with open(f"{self.file}.says") as orders:
                status, *after = orders.read().split()
        except FileNotFoundError:
            return
        if status == "429":
            raise TryAgain("429: too many", after=float(after[0]))
        raise Rejected("400: not like this")


@dataclass(frozen=True, kw_only=True)
class Chatty(Notifier):
    """Answers with what is no answer."""

    how: str

    def send(self, message: Message) -> str:
        return "word\n" * 10_000 if self.how == "long" else 200  # type: ignore[return-value]
