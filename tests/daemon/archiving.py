"""A daemon with an archive: its configuration, what is in the bucket, and what it announced."""

from __future__ import annotations

import functools
import gzip
import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pytest_httpserver import HTTPServer

from tests.cores import CoreSpec, uncompressed_core
from tests.daemon.harness import PANICPIPE, PATIENCE, Daemon, Place
from tests.s3.servers import S3Server

CHAIN = ("verify", "package", "compress", "upload", "retain")
ENCRYPTING = ("verify", "package", "compress", "encrypt", "upload", "retain")
PART = 5 << 20
"""The smallest part that S3 allows."""


@dataclass(frozen=True)
class Folder:
    """What is in the archive for one dump."""

    key: str
    names: tuple[str, ...]
    manifest: dict[str, Any]

    @property
    def archive(self) -> str:
        """The key of the archive file."""
        (name,) = (each for each in self.names if not each.startswith(("dump.", "manifest.")))
        return f"{self.key}/{name}"


class ArchivePlace(Place):
    """Directories and configuration of a daemon that archives to an S3 server."""

    def __init__(
        self,
        root: Path,
        server: S3Server,
        *,
        stages: tuple[str, ...] = CHAIN,
        upload: str = "",
        extra: str = "",
        retry: float = 0.3,
        settle: float = 1.0,
    ) -> None:
        """`upload`: further lines of its table."""
        root.mkdir(exist_ok=True)
        self.server = server
        super().__init__(
            root,
            retry=retry,
            settle=settle,
            stages=stages,
            extra=(
                f'[stages.upload]\nbucket = "{server.bucket}"\n'
                f'endpoint_url = "{server.endpoint}"\nprefix = "cores"\n'
                f"part_size = {PART}\n{upload}\n{extra}"
            ),
        )

    @property
    def spool(self) -> Path:
        return self.state / "spool"

    def start(self, **environment: str) -> Daemon:
        return super().start(**{**self.server.environment(), **environment})

    def panicpipe(self, *arguments: str, check: bool = True) -> str:
        """Run a command with the server's credentials; returns what it prints."""
        done = self.command(*arguments)
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [PANICPIPE, *arguments, "--config", str(self.config)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, **self.server.environment()},
        )

    def show(self, dump: int) -> dict[str, Any]:
        shown: dict[str, Any] = json.loads(self.panicpipe("show", str(dump), "--json"))
        return shown

    def until_done(self, count: int) -> None:
        """Wait until so many dumps are through the whole chain and nothing is left to do."""
        left = ("in_flight", "waiting", "archiving", "parked")
        self.until(lambda s: len(s["done"]) == count and not any(map(s.__getitem__, left)))

    def until_owed(self, step: str, count: int = 1) -> list[dict[str, Any]]:
        """Wait until so many announced dumps have tried this step in vain; returns them."""

        def owed(status: dict[str, Any]) -> list[dict[str, Any]]:
            tried = (each for each in status["archiving"] if each["attempts"])
            return [each for each in tried if each["step"] == step and each["reason"]]

        return owed(self.until(lambda status: len(owed(status)) == count))

    def spooled(self) -> list[str]:
        """Files in the spool, unfinished ones as well."""
        return sorted(os.listdir(self.spool)) if self.spool.exists() else []

    def receive(self, core: Path, name: str) -> None:
        """Let a whole file arrive at once."""
        self.grow(core, name, piece=1 << 20).wait()


def folders(server: S3Server) -> list[Folder]:
    """What the archive holds; objects without a manifest are a fault."""
    found: dict[str, list[str]] = {}
    keys = server.keys()
    for key in keys:
        folder, _, name = key.rpartition("/")
        found.setdefault(folder, []).append(name)
    return [
        Folder(key, tuple(names), json.loads(server.read(f"{key}/manifest.json")))
        for key, names in sorted(found.items())
    ]


def only_folder(server: S3Server) -> Folder:
    (folder,) = folders(server)
    return folder


def unpacked(data: bytes, *command: str) -> bytes:
    """Let a stock program, such as `zstd -d`, turn an object back."""
    if not shutil.which(command[0]):
        pytest.skip(f"{command[0]} is not installed")
    return subprocess.run(command, input=data, check=True, capture_output=True).stdout


def unzstd(data: bytes) -> bytes:
    return unpacked(data, "zstd", "-d", "-c", "-q")


@functools.cache
def large_core(megabytes: int = 13, seed: int = 1) -> bytes:
    """A gzip core that no program makes smaller: its archive needs several parts."""
    size = (megabytes << 20) * 3 // 2
    spec = CoreSpec(arch="arm64", xnu="11417.101.15", size=size, seed=seed)
    core = bytearray(b"".join(uncompressed_core(spec)))
    core[1 << 20 : (megabytes + 1) << 20] = random.Random(seed).randbytes(megabytes << 20)
    return gzip.compress(bytes(core), compresslevel=1, mtime=0)


def notifying(server: HTTPServer) -> str:
    """Configuration of a route to this endpoint."""
    server.expect_request("/alerts", method="POST").respond_with_data("ok")
    url = f"json://{server.host}:{server.port}/alerts"
    return f'[notifiers.ops]\nuse = "apprise"\nurls = ["{url}"]\n'


def announced(server: HTTPServer) -> list[str]:
    """The titles of all alerts that reached the endpoint, in order."""
    return [json.loads(request.get_data())["title"] for request, _ in server.log]


def messages(server: HTTPServer) -> list[str]:
    """Title and text of all alerts that reached the endpoint, in order."""
    bodies = [json.loads(request.get_data()) for request, _ in server.log]
    return [f"{body['title']}\n{body['message']}" for body in bodies]


def until(condition: Callable[[], Any], about: Callable[[], object] = lambda: "") -> None:
    """Wait until something is so."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, about()
        time.sleep(0.05)
