"""A stretch of an open file as the body of a request."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.errors import Rejected, TryAgain
from pipeline.s3.bandwidth import Bandwidth

_CHUNK = 1 << 20


@dataclass(frozen=True, kw_only=True)
class Span:
    """`size` bytes from `offset` on; read with pread, so that threads may share the file."""

    fd: int
    offset: int
    size: int

    def pread(self, position: int, count: int) -> bytes:
        """Return up to `count` bytes; TryAgain where the file is shorter than it was."""
        count = min(count, self.size - position)
        if count <= 0:
            return b""
        data = os.pread(self.fd, count, self.offset + position)
        if not data:
            raise TryAgain("the file to be sent became shorter while it was read")
        return data

    def chunks(self) -> Iterator[bytes]:
        position = 0
        while data := self.pread(position, _CHUNK):
            yield data
            position += len(data)


@dataclass(frozen=True, kw_only=True)
class LocalFile:
    """An open file to be sent, and the SHA-256 that was recorded when it was made."""

    fd: int
    size: int
    sha256: str
    name: str = "the file to be archived"
    """For people; safe to show."""

    @property
    def whole(self) -> Span:
        return Span(fd=self.fd, offset=0, size=self.size)

    def confirm(self, sha256: str) -> None:
        """Raise Rejected where the file does not come to what was recorded."""
        if sha256 != self.sha256:
            raise Rejected(
                f"{self.name} is no longer what was recorded (its SHA-256 differs): check the disk "
                "and remove this file; panicpipe retry then makes it anew from the dump"
            )


class Stopped(BaseException):
    """Nobody waits for this request any more. No Exception, or botocore would try again."""


class Sending:
    """What all bodies of one upload share: the line, how much is sent, and whether to go on."""

    def __init__(self, bandwidth: Bandwidth) -> None:
        self.bandwidth = bandwidth
        self._sent: dict[int, int] = {}
        self._lock = threading.Lock()
        self._stop = threading.Event()

    @property
    def sent(self) -> int:
        with self._lock:
            return sum(self._sent.values())

    def note(self, number: int, position: int) -> None:
        """Keep how far a part is; Stopped once nobody waits."""
        if self._stop.is_set():
            raise Stopped
        with self._lock:
            self._sent[number] = position

    def stop(self) -> None:
        """Let every body end at its next read."""
        self._stop.set()


class Body:
    """A span as botocore wants a body: a file that can be read and, to try again, wound back."""

    def __init__(self, span: Span, sending: Sending, number: int = 0) -> None:
        self._span = span
        self._sending = sending
        self._number = number
        self._position = 0

    def read(self, count: int = -1) -> bytes:
        """Return the next bytes as soon as the line is free for them."""
        wanted = self._span.size if count is None or count < 0 else count
        self._sending.note(self._number, self._position)
        data = self._span.pread(self._position, wanted)
        self._sending.bandwidth.take(len(data))
        self._position += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._span.size}[whence]
        self._position = base + offset
        return self._position

    def tell(self) -> int:
        return self._position

    def __len__(self) -> int:
        return self._span.size
