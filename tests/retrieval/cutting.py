"""Answers that end too early, but with every byte before that delivered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.s3.faults import Fault, _from_byte
from tests.s3.http_stream import PeerGoneError


@dataclass(frozen=True)
class Cut(Fault):
    """Close the connection after some bytes of the answer's body."""

    after: int

    def response(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for start, piece in _from_byte(pieces, self.after):
            if start == self.after:
                break
            yield piece
        raise PeerGoneError


@dataclass(frozen=True)
class Stall(Cut):
    """Stop after some bytes of the answer's body until `released`, and then break it off."""

    released: threading.Event = field(default_factory=threading.Event)

    def response(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        for start, piece in _from_byte(pieces, self.after):
            if start == self.after:
                self.released.wait()
                raise PeerGoneError
            yield piece
