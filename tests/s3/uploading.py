"""Uploads without a daemon: options for a server, a memory, files of known content."""

from __future__ import annotations

import hashlib
import json
import os
import random
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipeline.s3.objects import Bucket
from pipeline.s3.options import S3Options
from pipeline.s3.spans import LocalFile
from tests.s3.servers import S3Server

MiB = 1 << 20
PART = 5 * MiB


def options(server: S3Server, **given: Any) -> S3Options:
    """Options for a server's bucket, with the smallest parts that S3 allows."""
    return S3Options(
        **{"bucket": server.bucket, "endpoint_url": server.endpoint, "part_size": PART, **given}
    )


def bucket(server: S3Server, **given: Any) -> Bucket:
    return Bucket(options(server, **given))


def content(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


@contextmanager
def local(path: Path, data: bytes) -> Iterator[LocalFile]:
    """Write a file, and open it for an upload."""
    path.write_bytes(data)
    fd = os.open(path, os.O_RDONLY)
    try:
        yield LocalFile(fd=fd, size=len(data), sha256=hashlib.sha256(data).hexdigest())
    finally:
        os.close(fd)


class Work:
    """A workspace's memory and progress, in which only the thread that made it may write."""

    def __init__(self, memory: dict[str, Any] | None = None) -> None:
        self.memory: dict[str, Any] = {} if memory is None else memory
        self.progress_seen: list[tuple[int, int]] = []
        self.cancel_at: int | None = None
        self._thread = threading.get_ident()

    @property
    def cancelled(self) -> bool:
        done = self.progress_seen[-1][0] if self.progress_seen else 0
        return self.cancel_at is not None and done >= self.cancel_at

    def progress(self, done: int, total: int) -> None:
        assert threading.get_ident() == self._thread
        self.progress_seen.append((done, total))

    def remember(self, key: str, value: Any) -> None:
        assert threading.get_ident() == self._thread
        if value is None:
            self.memory.pop(key, None)
        else:
            self.memory[key] = json.loads(json.dumps(value))

    def recall(self, key: str) -> Any:
        return self.memory.get(key)
