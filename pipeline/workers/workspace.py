"""The worker's Workspace: every file it reads or makes is a descriptor that the daemon opened."""

from __future__ import annotations

import io
import os
import time
from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO

import msgspec

from pipeline.durability import full_sync
from pipeline.errors import Rejected, TryAgain, WireError
from pipeline.model import Artifact
from pipeline.plugin import Output, Workspace
from pipeline.workers.wire import (
    KEY,
    MOST_MEMORY,
    Channel,
    Create,
    Created,
    Down,
    Open,
    Opened,
    Progress,
    Recall,
    Recalled,
    Remember,
)

_REPORT_EVERY = 0.2
_BUFFER = 1 << 20


class DumpFile(io.RawIOBase):
    """The dump's first `size` bytes, read with pread: the descriptor's offset is shared."""

    def __init__(self, fd: int, size: int) -> None:
        self._fd = fd
        self._size = size
        self._position = 0

    def fileno(self) -> int:
        return self._fd

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size}[whence]
        if base + offset < 0:
            raise ValueError(f"negative position {base + offset}")
        self._position = base + offset
        return self._position

    def readinto(self, buffer: Any) -> int:
        view = memoryview(buffer).cast("B")
        wanted = max(0, min(len(view), self._size - self._position))
        data = os.pread(self._fd, wanted, self._position)
        view[: len(data)] = data
        self._position += len(data)
        return len(data)


class WorkerWorkspace(Workspace):
    """What one stage works with, in the worker."""

    def __init__(
        self,
        channel: Channel[Down],
        dump: DumpFile | None,
        artifacts: Mapping[str, Artifact],
        facts: Mapping[str, Mapping[str, Any]],
    ) -> None:
        self._channel = channel
        self._dump = None if dump is None else io.BufferedReader(dump, _BUFFER)
        self._size = None if dump is None else os.fstat(dump.fileno()).st_size
        self._artifacts = artifacts
        self._facts = facts
        self._made: list[Output] = []
        self._last_report = 0.0

    @property
    def dump_file(self) -> BinaryIO:
        if self._dump is None:
            raise Rejected("reads the dump's file, of which its class says that it does not")
        return self._dump

    @property
    def artifacts(self) -> Mapping[str, Artifact]:
        return self._artifacts

    @property
    def facts(self) -> Mapping[str, Mapping[str, Any]]:
        return self._facts

    @property
    def cancelled(self) -> bool:
        """True once the daemon has closed the wire; it says nothing while a stage works."""
        try:
            return self._channel.receive(0) is not None
        except WireError:
            return True

    def open(self, kind: str) -> BinaryIO:
        if kind not in self._artifacts:
            raise Rejected(f"no earlier stage made a {kind}")
        self._channel.send(Open(kind))
        answer = self._channel.receive()
        if not isinstance(answer, Opened):
            raise WireError("expected an opened artifact")
        if answer.error is not None:
            raise TryAgain(answer.error)
        return os.fdopen(self._channel.descriptor(), "rb")

    def create(self, kind: str, suffix: str) -> Output:
        self._channel.send(Create(kind, suffix))
        answer = self._channel.receive()
        if not isinstance(answer, Created):
            raise WireError("expected a created file")
        file = os.fdopen(self._channel.descriptor(), "w+b", buffering=_BUFFER)
        output = Output(kind, file, answer.token)
        self._made.append(output)
        return output

    def progress(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last_report < _REPORT_EVERY and done < total:
            return
        self._last_report = now
        done = _count(done)
        file_bytes = done if self._size is None else self._size
        self._channel.send(Progress(done=done, total=_count(total), file_bytes=file_bytes))

    def remember(self, key: str, value: Any) -> None:
        if not KEY.fullmatch(key):
            raise Rejected(
                "remembers under an impossible key: 64 letters, digits, `.`, `_`, `-` at most"
            )
        size = len(msgspec.json.encode(value))
        if size > MOST_MEMORY:
            raise Rejected(f"wants {size} bytes remembered; {MOST_MEMORY} are kept at most")
        self._ask(Remember(key, value))

    def recall(self, key: str) -> Any:
        return self._ask(Recall(key))

    def _ask(self, question: Remember | Recall) -> Any:
        self._channel.send(question)
        answer = self._channel.receive()
        if not isinstance(answer, Recalled):
            raise WireError("expected what is remembered")
        return answer.value

    def sync(self, outputs: Sequence[Output]) -> None:
        """Bring the bytes of these outputs to the disk, here where waiting can be cut short."""
        for output in outputs:
            output.file.flush()
            full_sync(output.file.fileno())

    def finish(self, outputs: Sequence[Output]) -> tuple[int, ...]:
        """Close all files made; return the tokens of those to publish."""
        for made in self._made:
            made.file.close()
        return tuple(output.token for output in outputs)


def _count(number: float) -> int:
    """Return what a plugin says as a number of bytes, whatever it has come to by its sums."""
    return min(max(int(number), 0), (1 << 63) - 1)
