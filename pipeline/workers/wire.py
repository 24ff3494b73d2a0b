"""What the daemon and a worker say to each other.

JSON lines of bounded length over a Unix stream socket pair; a message may bring one descriptor
(SCM_RIGHTS). Every line is validated against its type: the worker has read hostile bytes and is
trusted less than the daemon. End of file means that the peer is gone.
"""

from __future__ import annotations

import os
import re
import select
import socket
from collections import deque
from typing import Annotated, Any, Generic, Literal, TypeVar

import msgspec

from pipeline.display import one_line
from pipeline.errors import WireError
from pipeline.model import Artifact, CoreFacts, Dump, Evidence, Inspection

LONGEST_LINE = 1 << 20
MOST_FACTS = 1 << 16
"""Bytes of JSON that one stage may report; later ones get those of all before in one line."""
MOST_MEMORY = 1 << 16
"""Bytes of JSON that a stage may remember under one key."""
MOST_KEYS = 20_000
"""Keys under which a step may remember something: an upload has up to 10 000 parts."""
MOST_REMEMBERED = 1 << 24
"""Bytes of JSON that a step may remember in all."""
KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""What such a key may be."""
_READ = 1 << 16
_DESCRIPTORS_AT_ONCE = 8

Count = Annotated[int, msgspec.Meta(ge=0, le=(1 << 63) - 1)]


class StageUse(msgspec.Struct, frozen=True):
    """One stage of the chain: its name, `module:class`, and its validated configuration."""

    name: str
    reference: str
    config: dict[str, Any]


# Down: from the daemon to the worker.


class Tools(msgspec.Struct, frozen=True, tag="tools", kw_only=True):
    """The first message: what is made, and made ready, while the worker has its rights."""

    stages: tuple[StageUse, ...]
    """The steps that remain, in order."""
    keeps_rights: bool = False
    remote: bool = False
    """Whether the network is needed later on."""
    environment: tuple[tuple[bytes, bytes], ...] = ()
    """Variables that may hold secrets, for stages that have a use for them."""


class Job(msgspec.Struct, frozen=True, tag="job", kw_only=True):
    """The dump; comes with its descriptor where it `has_dump`. Read without the daemon's rights."""

    raw_name: bytes
    max_uncompressed: int
    read: bool
    """Whether the dump is to be read to a verdict; otherwise `Begin` follows at once."""
    has_dump: bool = True


class Finish(msgspec.Struct, frozen=True, tag="finish"):
    """The transfer is over: judge the first `size` bytes."""

    size: int
    evidence: Evidence


class Begin(msgspec.Struct, frozen=True, tag="begin", kw_only=True):
    """The verdict is recorded: run the stages."""

    dump: Dump
    artifacts: dict[str, Artifact]
    facts: dict[str, dict[str, Any]]
    abandon: bool = False
    """Take back what was begun, instead of running."""


class Created(msgspec.Struct, frozen=True, tag="created"):
    """Answer to Create; comes with a descriptor."""

    token: int


class Opened(msgspec.Struct, frozen=True, tag="opened"):
    """Answer to Open; comes with a descriptor unless `error` says why not."""

    error: str | None = None


class Committed(msgspec.Struct, frozen=True, tag="committed"):
    """Answer to Done: the step is recorded and its files are published."""

    artifacts: tuple[Artifact, ...]


class Recalled(msgspec.Struct, frozen=True, tag="recalled"):
    """Answer to Recall, and to Remember with the value that is now on the disk."""

    value: Any


# Up: from the worker to the daemon.


class Facts(msgspec.Struct, frozen=True, tag="facts"):
    """Something new is known of the dump's origin."""

    facts: CoreFacts


class Progress(msgspec.Struct, frozen=True, tag="progress", kw_only=True):
    """How far the current work is; `file_bytes` read of the dump, for the rate."""

    done: Count
    total: Count | None
    file_bytes: Count


class Proven(msgspec.Struct, frozen=True, tag="proven"):
    """These first `size` bytes prove a complete core."""

    size: Count


class Hopeless(msgspec.Struct, frozen=True, tag="hopeless"):
    """Whatever follows, this is no dump; the worker ends."""

    inspection: Inspection


class Judged(msgspec.Struct, frozen=True, tag="judged"):
    """Answer to Finish."""

    inspection: Inspection


class ReadFailed(msgspec.Struct, frozen=True, tag="read-failed"):
    """The system refuses the dump's bytes for now; the worker ends."""

    reason: str


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """A stage begins."""

    stage: str


class Create(msgspec.Struct, frozen=True, tag="create"):
    """The stage wants to make a file."""

    kind: str
    suffix: str


class Open(msgspec.Struct, frozen=True, tag="open"):
    """The stage wants to read an earlier artifact."""

    kind: str


class Remember(msgspec.Struct, frozen=True, tag="remember"):
    """The stage wants a JSON value kept for a later run of its step."""

    key: str
    value: Any


class Recall(msgspec.Struct, frozen=True, tag="recall"):
    """The stage wants what an earlier run of its step remembered."""

    key: str


class Done(msgspec.Struct, frozen=True, tag="done", kw_only=True):
    """The stage succeeded; its files are complete and synced."""

    stage: str
    tokens: tuple[int, ...]
    facts: dict[str, Any]
    ends: str | None
    releases: tuple[str, ...] = ()


class Failed(msgspec.Struct, frozen=True, tag="failed", kw_only=True):
    """The stage did not succeed; the worker ends."""

    stage: str
    outcome: Literal["again", "changed", "rejected", "bug"]
    reason: str


class End(msgspec.Struct, frozen=True, tag="end"):
    """All stages are done; the worker ends."""


Down = Tools | Job | Finish | Begin | Created | Opened | Recalled | Committed
Up = (
    Facts
    | Progress
    | Proven
    | Hopeless
    | Judged
    | ReadFailed
    | Ready
    | Create
    | Open
    | Remember
    | Recall
    | Done
    | Failed
    | End
)

M = TypeVar("M")


def encode(message: msgspec.Struct) -> bytes:
    """Return the message as one line; WireError if it is too long to send."""
    line = msgspec.json.encode(message) + b"\n"
    if len(line) > LONGEST_LINE:
        raise WireError(f"a {type(message).__name__} message of {len(line)} bytes is too long")
    return line


class LineBuffer:
    """Collects received bytes and hands out whole lines, never holding more than one is long."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def add(self, data: bytes) -> None:
        self._bytes += data

    def next(self) -> bytes | None:
        """Return the next line, or None until more bytes come."""
        end = self._bytes.find(b"\n")
        if end < 0:
            if len(self._bytes) > LONGEST_LINE:
                raise WireError("a line without end")
            return None
        line = bytes(self._bytes[:end])
        del self._bytes[: end + 1]
        return line


class Decoder(Generic[M]):
    """Turns lines into messages of one direction."""

    def __init__(self, union: Any) -> None:
        self._decoder = msgspec.json.Decoder(union)

    def decode(self, line: bytes) -> M:
        try:
            message: M = self._decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise WireError(f"not a message: {one_line(str(error), 200)}") from error
        return message


DOWN: Decoder[Down] = Decoder(Down)
UP: Decoder[Up] = Decoder(Up)


class Channel(Generic[M]):
    """A blocking end of the wire, as workers and their parent use it."""

    def __init__(self, sock: socket.socket, decoder: Decoder[M]) -> None:
        self._socket = sock
        self._decoder = decoder
        self._lines = LineBuffer()
        self._descriptors: deque[int] = deque()

    def send(self, message: msgspec.Struct) -> None:
        """Send one message; WireError when nobody listens any more."""
        try:
            self._socket.sendall(encode(message))
        except OSError as error:
            raise WireError(f"the peer is gone: {error}") from error

    def receive(self, timeout: float | None = None) -> M | None:
        """Return the next message; None after `timeout` seconds; WireError at the end."""
        while (line := self._lines.next()) is None:
            if timeout is not None and not select.select([self._socket], [], [], timeout)[0]:
                return None
            self._fill()
        return self._decoder.decode(line)

    def _fill(self) -> None:
        try:
            data, descriptors, _flags, _address = socket.recv_fds(
                self._socket, _READ, _DESCRIPTORS_AT_ONCE
            )
        except OSError as error:
            raise WireError(f"the peer is gone: {error}") from error
        for descriptor in descriptors:
            os.set_inheritable(descriptor, False)  # nothing that a plugin starts may hold the wire
        self._descriptors.extend(descriptors)
        if not data:
            raise WireError("the peer is gone")
        self._lines.add(data)

    def descriptor(self) -> int:
        """Take the descriptor that came with the last message."""
        if not self._descriptors:
            raise WireError("a descriptor is missing")
        return self._descriptors.popleft()
