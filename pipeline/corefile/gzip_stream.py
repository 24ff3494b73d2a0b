"""One gzip member, inflated as its bytes come: bounded memory, exact offsets.

Results do not depend on how the bytes were cut: every step inflates all that the bytes so far
allow, and a fault is located to the byte by inflating once more from a checkpoint.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from enum import Enum, auto

from pipeline.corefile.fault import Fault, FirstHole
from pipeline.corefile.gzip_header import GzipHeader
from pipeline.model import DeflateStream

_SLICE = 64 << 10  # input at a time: what is not consumed is copied, so it must stay small
_PIECE = 256 << 10  # output at a time
_TRAILER = 8
_MAX_ZEROS = 1 << 20  # no compressor writes so many, but hostile codes inflate zeros for ever


class Part(Enum):
    """Where in the member the bytes so far end."""

    HEADER = auto()
    DEFLATE = auto()
    TRAILER = auto()
    END = auto()


class GzipStream:
    """Feed it a file's bytes; `sink` gets what they inflate to, and says whether it wants more."""

    def __init__(self, sink: Callable[[bytes], bool]) -> None:
        self.part = Part.HEADER
        self.fault: Fault | None = None
        self.deflate: DeflateStream | None = None
        self.holes = FirstHole()
        """The first that began before the member's end, or before it stopped."""
        self.inflated = 0
        self.inflated_before_hole = 0
        self.stopped = False
        """Nothing is inflated any more: a fault, or the sink has had enough."""
        self._sink = sink
        self._offset = 0
        self._header = GzipHeader()
        self._crc = 0
        self._trailer = bytearray()
        self._surplus = bytearray()
        self._inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        self._checkpoint = _Checkpoint(self._inflater, 0, 0)
        self._zeros_left = _MAX_ZEROS

    @property
    def data_offset(self) -> int:
        """Where the deflate stream begins, once the header is whole."""
        return self._header.size

    @property
    def proven(self) -> bool:
        """The member is whole, its checksum and length are right, and nothing follows."""
        return self.part is Part.END and self.fault is None

    def feed(self, data: bytes) -> None:
        view = memoryview(data)
        while len(view) and not self.stopped:
            used = self._step(view)
            self._offset += used
            view = view[used:]
        self._offset += len(view)

    def hole(self, length: int) -> None:
        """Take zeros that were never written; more than a real stream can hold end it."""
        ended, end = self.part is Part.END, self._offset + length
        if not self.holes:
            self.inflated_before_hole = self.inflated
        if self.holes or not (ended or self.stopped):
            self.holes.add(self._offset, length)
        if not self.stopped:
            zeros = min(length, 2 if ended else self._zeros_left)
            self._zeros_left -= zeros
            self.feed(bytes(zeros))
            if zeros < length and not self.stopped:
                self._fail("hole", self._offset, "bytes were never written")
        self._offset = end

    def _step(self, view: memoryview) -> int:
        match self.part:
            case Part.HEADER:
                return self._read_header(view)
            case Part.DEFLATE:
                return self._inflate(view[:_SLICE])
            case Part.TRAILER:
                return self._read_trailer(view)
            case Part.END:
                return self._read_surplus(view)

    def _read_header(self, view: memoryview) -> int:
        used = self._header.feed(view)
        if self._header.fault:
            self._fail_with(self._header.fault)
        elif self._header.done:
            self.part = Part.DEFLATE
            self._checkpoint = _Checkpoint(self._inflater.copy(), self._offset + used, 0)
        return used

    def _inflate(self, piece: memoryview) -> int:
        if self._checkpoint.is_due:
            self._checkpoint = _Checkpoint(self._inflater.copy(), self._offset, self.inflated)
        self._checkpoint.remember(piece)
        data: memoryview | bytes = piece
        while not self.stopped:
            try:
                out = self._inflater.decompress(data, _PIECE)
            except zlib.error as error:
                self._locate(str(error))
                break
            self._deliver(out)
            if self._inflater.eof:
                return self._end_deflate(len(piece) - len(self._inflater.unused_data))
            data = self._inflater.unconsumed_tail
            if not data and len(out) < _PIECE:
                break
        return len(piece)

    def _deliver(self, out: bytes) -> None:
        if not out:
            return
        self._crc = zlib.crc32(out, self._crc)
        self.inflated += len(out)
        self.stopped = not self._sink(out)

    def _end_deflate(self, used: int) -> int:
        if not self.stopped:
            self.part = Part.TRAILER
            size = self._offset + used - self.data_offset
            self.deflate = DeflateStream(
                offset=self.data_offset,
                size=size,
                crc32=self._crc,
                uncompressed_size=self.inflated,
            )
        return used

    def _locate(self, error: str) -> None:
        """Inflate the last bytes again one by one: find the faulty one, deliver all before it."""
        offset, produced = self._checkpoint.offset, self._checkpoint.produced
        for out in self._checkpoint.replay():
            fresh = produced + len(out) - self.inflated
            produced += len(out)
            if fresh > 0:
                self._deliver(out[-fresh:])
            if self.stopped:
                return
        self.inflated = produced
        self._fail("deflate", offset + self._checkpoint.replayed, _plain(error))

    def _read_trailer(self, view: memoryview) -> int:
        part = view[: _TRAILER - len(self._trailer)]
        self._trailer += part
        if len(self._trailer) == _TRAILER:
            self._check_trailer(self._offset + len(part))
        return len(part)

    def _check_trailer(self, end: int) -> None:
        self.part = Part.END
        crc = int.from_bytes(self._trailer[:4], "little")
        size = int.from_bytes(self._trailer[4:], "little")
        if crc != self._crc:
            self._fail("crc32", end - 8, "the gzip checksum (CRC32) does not match the content")
        elif size != self.inflated & 0xFFFFFFFF:
            self._fail("length", end - 4, "the gzip length does not match the content")

    def _read_surplus(self, view: memoryview) -> int:
        part = view[: 2 - len(self._surplus)]
        self._surplus += part
        start = self._offset + len(part) - len(self._surplus)
        second = self._surplus == b"\x1f\x8b"
        what = "a second gzip member follows" if second else "bytes follow"
        self.fault = Fault("trailing-bytes", start, f"{what} after the end of the gzip stream")
        self.stopped = len(self._surplus) == 2
        return len(part)

    def _fail(self, check: str, offset: int, text: str) -> None:
        self._fail_with(Fault(check, offset, text))

    def _fail_with(self, fault: Fault) -> None:
        self.fault = fault
        self.stopped = True


class _Checkpoint:
    """An inflater as it was, and the bytes it has been given since."""

    def __init__(self, inflater: zlib._Decompress, offset: int, produced: int) -> None:
        self.offset = offset
        self.produced = produced
        self.replayed = 0
        self._inflater = inflater
        self._since = bytearray()

    @property
    def is_due(self) -> bool:
        return len(self._since) >= _SLICE

    def remember(self, piece: memoryview) -> None:
        self._since += piece

    def replay(self) -> Iterator[bytes]:
        """Yield what each byte inflates to; `replayed` then counts those before the fault."""
        for value in self._since:
            data = bytes((value,))
            while True:
                try:
                    out = self._inflater.decompress(data, _PIECE)
                except zlib.error:
                    return
                yield out
                data = self._inflater.unconsumed_tail
                if not data and len(out) < _PIECE:
                    break
            self.replayed += 1


def _plain(error: str) -> str:
    detail = error.rpartition(": ")[2]
    return f"the compressed stream is broken ({detail})"
