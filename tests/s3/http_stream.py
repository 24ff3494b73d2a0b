"""As much of HTTP/1.1 as a proxy needs: heads, and bodies as they are, a piece at a time."""

from __future__ import annotations

import select
import socket
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PIECE = 64 << 10


class PeerGoneError(Exception):
    """The peer ended in the middle of a message."""


@dataclass(frozen=True)
class Head:
    """A message's first line and headers."""

    raw: bytes
    first: tuple[str, str, str]
    headers: Mapping[str, str]

    @classmethod
    def parse(cls, raw: bytes) -> Head:
        lines = raw.decode("latin-1").split("\r\n")
        first = (*lines[0].split(" ", 2), "", "")[:3]
        pairs = (line.partition(":") for line in lines[1:] if line)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        return cls(raw, (first[0], first[1], first[2]), headers)

    @property
    def status(self) -> int:
        return int(self.first[1])

    @property
    def chunked(self) -> bool:
        return "chunked" in self.headers.get("transfer-encoding", "").lower()

    @property
    def closes(self) -> bool:
        return self.headers.get("connection", "").lower() == "close"


class HttpStream:
    """One side of a connection, read in order."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self._buffer = b""

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def head(self) -> Head | None:
        """Read the next message's head; None where the peer has ended instead."""
        while b"\r\n\r\n" not in self._buffer:
            if not (data := self.connection.recv(PIECE)):
                return None
            self._buffer += data
        raw, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        return Head.parse(raw + b"\r\n\r\n")

    def body(self, head: Head, *, of_answer: bool = False) -> Iterator[bytes]:
        """Yield a body's bytes, with the framing of a chunked one."""
        if head.chunked:
            yield from self._chunks()
        elif "content-length" in head.headers:
            yield from self._counted(int(head.headers["content-length"]))
        elif of_answer:
            yield from self._until_end()

    def waiting(self) -> bool:
        """Whether something can be read at once."""
        pending = isinstance(self.connection, ssl.SSLSocket) and self.connection.pending() > 0
        return bool(self._buffer) or pending or bool(_readable(0, self.connection))

    def _counted(self, left: int) -> Iterator[bytes]:
        while left:
            data = self._some(left)
            left -= len(data)
            yield data

    def _chunks(self) -> Iterator[bytes]:
        while True:
            line = self._line()
            yield line
            if not (size := int(line.split(b";")[0], 16)):
                break
            yield from self._counted(size + 2)
        while line != b"\r\n":  # trailers
            line = self._line()
            yield line

    def _until_end(self) -> Iterator[bytes]:
        if self._buffer:
            yield self._some(len(self._buffer))
        while data := self.connection.recv(PIECE):
            yield data

    def _line(self) -> bytes:
        while b"\r\n" not in self._buffer:
            self._more()
        line, _, self._buffer = self._buffer.partition(b"\r\n")
        return line + b"\r\n"

    def _some(self, most: int) -> bytes:
        if not self._buffer:
            self._more()
        data, self._buffer = self._buffer[:most], self._buffer[most:]
        return data

    def _more(self) -> None:
        if not (data := self.connection.recv(PIECE)):
            raise PeerGoneError
        self._buffer += data


def first_to_speak(client: HttpStream, server: HttpStream) -> HttpStream:
    """Wait until one of two has something to read; the server goes first."""
    if client.waiting() and not server.waiting():
        return client
    ready = _readable(None, client.connection, server.connection)
    return server if server.connection in ready else client


def _readable(timeout: float | None, *connections: socket.socket) -> list[socket.socket]:
    return select.select(connections, [], [], timeout)[0]
