"""The Inspector: a file's bytes in, as they come; facts, progress and a verdict out."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable

from pipeline.corefile import sniff
from pipeline.corefile.content_reader import ContentReader
from pipeline.corefile.gzip_stream import GzipStream
from pipeline.corefile.name import DumpName
from pipeline.corefile.pieces import CHUNK, Hole, pieces
from pipeline.corefile.verdicts import Seen, judge, proven
from pipeline.model import CoreFacts, Encoding, Evidence, Inspection

DEFAULT_MAX_UNCOMPRESSED = 256 << 30
_MAX_HASHED_ZEROS = 64 << 20  # beyond the bytes that are really there


class Inspector:
    """Follows one file from its first byte to its last, in bounded memory.

    The answer depends on the bytes alone, never on how they were cut into pieces.
    """

    def __init__(
        self,
        *,
        name: DumpName | None = None,
        max_uncompressed: int = DEFAULT_MAX_UNCOMPRESSED,
    ) -> None:
        self._named = (name or DumpName()).kind
        self._max_uncompressed = max_uncompressed
        self._reader = ContentReader(self._named, max_uncompressed)
        self._stream: GzipStream | None = None
        self._start: bytes | None = b""  # until the container is known
        self._file_bytes = 0
        self._hash: _FileHash | None = _FileHash()
        self._facts = CoreFacts(kind=self._named)
        self._stale = False

    @property
    def file_bytes(self) -> int:
        """Bytes that were fed, holes included."""
        return self._file_bytes

    @property
    def uncompressed_bytes(self) -> int:
        """Bytes of content so far: inflated where the file is gzip."""
        return self._stream.inflated if self._stream else self._file_bytes

    @property
    def facts(self) -> CoreFacts:
        """What is known by now; the same object until something new is."""
        if self._stale:
            self._stale = False
            facts = self._gather(final=False)
            if facts != self._facts:
                self._facts = facts
        return self._facts

    @property
    def proven(self) -> bool:
        """The bytes so far prove a complete core, if nothing follows."""
        return proven(self._seen(self._reader))

    @property
    def hopeless(self) -> bool:
        """Whatever follows, this will never be a dump: the reader may stop.

        It may also go on; to keep `file_bytes` right cheaply, pass the rest as one `hole`.
        """
        return self._reader.hopeless

    def feed(self, data: bytes | memoryview) -> None:
        """Take the next bytes, in a piece of any size."""
        for start in range(0, len(data), CHUNK):
            piece = data if len(data) <= CHUNK else data[start : start + CHUNK]
            self._feed(bytes(piece))

    def hole(self, length: int) -> None:
        """Take the next `length` bytes, which are zero because they were never written."""
        self._file_bytes += length
        if self._start is not None:
            self._open(self._start, is_gzip=False)
        if self._stream:
            self._stream.hole(length)
        else:
            self._stale |= self._reader.hole(length)
        if self._hash and (self.hopeless or not self._hash.zeros(length)):
            self._hash = None

    def finish(self, evidence: Evidence = Evidence()) -> Inspection:  # noqa: B008 (frozen)
        """Judge the file as if nothing followed. More may be fed afterwards."""
        if self._start:
            return self._finish_short(self._start, evidence)
        facts = self._gather(final=True)
        judgement = judge(self._seen(self._reader, final=True), evidence)
        return Inspection(
            kind=facts.kind,
            encoding=facts.encoding,
            architecture=facts.architecture,
            uuid=facts.uuid,
            version=facts.version,
            panic=facts.panic,
            expected_size=facts.expected_size,
            verdict=judgement.verdict,
            reason=judgement.reason,
            check=judgement.check,
            file_size=self._file_bytes,
            uncompressed_size=judgement.uncompressed_size,
            good_size=judgement.good_size,
            cause=judgement.cause,
            sha256=self._hash.hexdigest() if self._hash else None,
            deflate=self._stream.deflate if self._stream else None,
        )

    def _feed(self, data: bytes) -> None:
        self._file_bytes += len(data)
        if self._hash:
            self._hash.update(data)
        if self._start is not None:
            data = self._start + data
            if len(data) < len(sniff.GZIP):
                self._start = data
                return
            self._open(b"", is_gzip=data.startswith(sniff.GZIP))
        if self._stream:
            self._stream.feed(data)
        else:
            self._stale |= self._reader.feed(data)
        if self.hopeless:
            self._hash = None

    def _open(self, first: bytes, *, is_gzip: bool) -> None:
        self._start = None
        self._stale = True
        if is_gzip:
            self._stream = GzipStream(self._take_inflated)
        elif first:
            self._reader.feed(first)

    def _take_inflated(self, data: bytes) -> bool:
        inflated = self._stream.inflated if self._stream else 0
        surplus = max(inflated - self._max_uncompressed, 0)
        self._stale |= self._reader.feed(data[: max(len(data) - surplus, 0)] if surplus else data)
        if surplus and not self._reader.settled:
            self._reader.refuse_inflating()
            self._stale = True
        return not self._reader.settled

    def _finish_short(self, start: bytes, evidence: Evidence) -> Inspection:
        """Judge a file so short that its container is not known."""
        copy = Inspector(max_uncompressed=self._max_uncompressed)
        copy._named = self._named
        copy._reader = ContentReader(self._named, self._max_uncompressed)
        copy._open(b"", is_gzip=sniff.GZIP.startswith(start))
        copy._feed(start)
        return copy.finish(evidence)

    def _gather(self, *, final: bool) -> CoreFacts:
        encoding = Encoding.GZIP if self._stream else Encoding.RAW
        return self._reader.facts(CoreFacts(kind=self._named, encoding=encoding), final=final)

    def _seen(self, reader: ContentReader, *, final: bool = False) -> Seen:
        content = reader.at_end() if final else reader.content
        return Seen(self._file_bytes, self._stream, content)


class _FileHash:
    """SHA-256 of a file's bytes, given up where holes would cost more than the bytes there."""

    def __init__(self) -> None:
        self._hash = hashlib.sha256()
        self._stored = 0
        self._zeros = 0

    def update(self, data: bytes) -> None:
        self._stored += len(data)
        self._hash.update(data)

    def zeros(self, length: int) -> bool:
        self._zeros += length
        if self._zeros > self._stored + _MAX_HASHED_ZEROS:
            return False
        for start in range(0, length, CHUNK):
            self._hash.update(bytes(min(CHUNK, length - start)))
        return True

    def hexdigest(self) -> str:
        return self._hash.hexdigest()


def inspect_descriptor(
    fd: int,
    *,
    name: DumpName | None = None,
    max_uncompressed: int = DEFAULT_MAX_UNCOMPRESSED,
    progress: Callable[[int, int], None] | None = None,
) -> Inspection:
    """Inspect an open file as it is now; `progress` hears of bytes done and bytes in all."""
    inspector = Inspector(name=name, max_uncompressed=max_uncompressed)
    total = os.fstat(fd).st_size
    for piece in pieces(fd, 0, total):
        if isinstance(piece, Hole):
            inspector.hole(piece.length)
        else:
            inspector.feed(piece)
        if inspector.hopeless:
            inspector.hole(total - inspector.file_bytes)
        if progress:
            progress(inspector.file_bytes, total)
        if inspector.hopeless:
            break
    return inspector.finish()
