"""What can go wrong between a client and an S3 server: one class for each fault."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass


class ResetConnectionError(Exception):
    """The proxy is to break the client's connection off."""


@dataclass(frozen=True)
class Fault:
    """Forward as it is. Numbers of bytes are counted from the start of the body."""

    def begin(self, released: threading.Event) -> bytes | None:
        """Before anything is forwarded: return an answer to give instead, or None."""
        return None

    def request(self, pieces: Iterator[bytes], released: threading.Event) -> Iterator[bytes]:
        """What of the request's body reaches the server."""
        return pieces

    def answered(self) -> None:
        """The server has done what it was asked, and answers."""

    def response(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """What of the answer's body reaches the client."""
        return pieces


@dataclass(frozen=True)
class Delay(Fault):
    """Forward after a while."""

    seconds: float

    def begin(self, released: threading.Event) -> bytes | None:
        released.wait(self.seconds)
        return None


@dataclass(frozen=True)
class Hang(Fault):
    """Take the request and stay silent, until the rule is released; then break it off."""

    def begin(self, released: threading.Event) -> bytes | None:
        released.wait()
        raise ResetConnectionError


@dataclass(frozen=True)
class Answer(Fault):
    """Answer in the server's place; nothing is forwarded."""

    status: int
    code: str
    """S3's error code, such as `SlowDown`; the body is S3's XML for it."""
    message: str = "told so by a test"
    headers: tuple[tuple[str, str], ...] = ()

    def begin(self, released: threading.Event) -> bytes | None:
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>\n'
            f"<Error><Code>{self.code}</Code><Message>{self.message}</Message>"
            "<RequestId>0</RequestId></Error>"
        ).encode()
        lines = [
            f"HTTP/1.1 {self.status} {self.code}",
            "Content-Type: application/xml",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in self.headers),
        ]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


@dataclass(frozen=True)
class Page(Fault):
    """Answer 200 in the server's place, with what no S3 server answers: a captive portal's page."""

    body: bytes = b"<html><body>Welcome! Please log in.</body></html>"
    """Must be empty as the answer to HEAD."""
    headers: tuple[tuple[str, str], ...] = ()

    def begin(self, released: threading.Event) -> bytes | None:
        headers = {"Content-Length": str(len(self.body)), **dict(self.headers)}
        lines = ["HTTP/1.1 200 OK", *(f"{name}: {value}" for name, value in headers.items())]
        return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + self.body


@dataclass(frozen=True)
class HoldRequest(Fault):
    """Stop after some bytes of the request's body until the rule is released; then go on."""

    after: int = 0

    def request(self, pieces: Iterator[bytes], released: threading.Event) -> Iterator[bytes]:
        for start, piece in _from_byte(pieces, self.after):
            if start == self.after:
                released.wait()
            yield piece


@dataclass(frozen=True)
class ResetRequest(Fault):
    """Break off after some bytes of the request's body have gone to the server."""

    after: int = 0

    def request(self, pieces: Iterator[bytes], released: threading.Event) -> Iterator[bytes]:
        for start, piece in _from_byte(pieces, self.after):
            if start == self.after:
                break
            yield piece
        raise ResetConnectionError


@dataclass(frozen=True)
class CorruptRequest(Fault):
    """Change one byte of the request's body on its way."""

    at: int = 0

    def request(self, pieces: Iterator[bytes], released: threading.Event) -> Iterator[bytes]:
        return _corrupted(pieces, self.at)


@dataclass(frozen=True)
class LoseAnswer(Fault):
    """The server does what it is asked; its answer never reaches the client."""

    def answered(self) -> None:
        raise ResetConnectionError


@dataclass(frozen=True)
class ResetResponse(Fault):
    """Break off after some bytes of the answer's body."""

    after: int = 0

    def response(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for start, piece in _from_byte(pieces, self.after):
            if start == self.after:
                break
            yield piece
        raise ResetConnectionError


@dataclass(frozen=True)
class CorruptResponse(Fault):
    """Change one byte of the answer's body on its way."""

    at: int = 0

    def response(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        return _corrupted(pieces, self.at)


def _corrupted(pieces: Iterator[bytes], at: int) -> Iterator[bytes]:
    for start, piece in _from_byte(pieces, at):
        yield bytes([piece[0] ^ 0xFF]) + piece[1:] if start == at else piece


def _from_byte(pieces: Iterator[bytes], at: int) -> Iterator[tuple[int, bytes]]:
    """Yield each piece with where it starts; one of them starts at `at`, if there are so many."""
    start = 0
    for piece in pieces:
        cut = at - start
        if 0 < cut < len(piece):
            yield start, piece[:cut]
            yield at, piece[cut:]
        else:
            yield start, piece
        start += len(piece)
