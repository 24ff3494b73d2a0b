"""Inflates a stream that may be cut or damaged, up to its last good byte."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

from pipeline.stages.deflate import BLOCK

RAW_DEFLATE = -15
GZIP = 31
"""zlib's names for what comes in; with GZIP it skips the header, whatever fields that has."""


def inflated(chunks: Iterable[bytes | memoryview], limit: int, wbits: int) -> Iterator[bytes]:
    """Yield what `chunks` inflate to, `limit` bytes at most, in pieces of at most BLOCK bytes.

    Stops without a word at the end of the stream, at the end of the input, and at a fault.
    """
    inflater = _Inflater(limit, wbits)
    for chunk in chunks:
        yield from inflater.feed(chunk)
        if inflater.ended:
            return


class _Inflater:
    def __init__(self, limit: int, wbits: int) -> None:
        self._stream = zlib.decompressobj(wbits)
        self._left = limit
        self.ended = limit <= 0

    def feed(self, data: bytes | memoryview) -> Iterator[bytes]:
        while not self.ended:
            before = self._stream.copy()
            try:
                piece = self._stream.decompress(data, min(BLOCK, self._left))
            except zlib.error:
                self._stream = before
                yield from self._rescued(data)
                return
            data = self._stream.unconsumed_tail
            self.ended = self._stream.eof
            if not piece:
                return
            yield self._counted(piece)

    def _rescued(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Yield what comes before a fault in `data`.

        zlib throws away what a call inflated before it met the fault, so ask for less and less:
        half the input each time, then half the output, until nothing more can be had.
        """
        step, want = len(data), BLOCK
        while want and not self.ended:
            attempt = self._stream.copy()
            try:
                piece = attempt.decompress(data[:step], min(want, self._left))
            except zlib.error:
                step, want = (step // 2, want) if step > 1 else (step, want // 2)
                continue
            data = data[step - len(attempt.unconsumed_tail) :]
            self._stream = attempt
            if piece:
                yield self._counted(piece)
        self.ended = True

    def _counted(self, piece: bytes) -> bytes:
        self._left -= len(piece)
        self.ended = self.ended or not self._left
        return piece
