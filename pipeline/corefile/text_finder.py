"""Finding known texts in a stream of memory, wherever the pieces are cut."""

from __future__ import annotations

import re
from collections.abc import Iterator

MARGIN = 64
"""Bytes after a text's start that must suffice to tell it from a chance resemblance."""

_MAX_HITS = 10_000  # a dump full of fakes must not cost more than this many looks


class TextFinder:
    """Yields each text that starts with `literal` and whose head matches, up to an end byte.

    Bounded whatever the memory holds: at most `count` texts of at most `limit` bytes, one at a
    time, none within another.
    """

    def __init__(
        self,
        literal: bytes,
        *,
        head: re.Pattern[bytes],
        end: re.Pattern[bytes],
        limit: int,
        count: int,
    ) -> None:
        self._literal = literal
        self._head = head
        self._end = end
        self._limit = limit
        self._texts_left = count
        self._hits_left = _MAX_HITS
        self._tail = b""  # the last bytes, in which a text may begin
        self._text: bytearray | None = None

    @property
    def exhausted(self) -> bool:
        return self._text is None and (self._texts_left <= 0 or self._hits_left <= 0)

    def feed(self, data: bytes) -> Iterator[bytes]:
        at = 0
        while at < len(data) and not self.exhausted:
            if self._text is None:
                data, at = self._begin(data, at)
            if self._text is None:
                return
            text, at = self._extend(self._text, data, at)
            if text is not None:
                yield text

    def rest(self) -> bytes | None:
        """Return the text that the end of the stream cut, without forgetting it."""
        if self._text is not None:
            return bytes(self._text)
        head = None if self.exhausted else self._head.search(self._tail)
        if head is None:
            return None
        end = self._end.search(self._tail, head.start())
        return self._tail[head.start() : end.start() if end else None]

    def _begin(self, data: bytes, at: int) -> tuple[bytes, int]:
        """Look for a text; if there is one, return the bytes that hold it and where it starts."""
        if self._tail:
            seam = self._tail + data[at : at + MARGIN]
            start = self._find(seam, 0, len(self._tail))
            if start is not None:
                data, at = self._tail + data[at:], start
                self._start()
                return data, at
        start = self._find(data, at, len(data))
        if start is not None:
            self._start()
            return data, start
        tail = data[max(at, len(data) - MARGIN + 1) :]
        self._tail = (self._tail + tail)[1 - MARGIN :]
        return data, len(data)

    def _start(self) -> None:
        self._tail = b""
        self._text = bytearray()
        self._texts_left -= 1

    def _find(self, data: bytes, at: int, stop: int) -> int | None:
        """Find a text that starts before `stop` and has MARGIN bytes to be told by."""
        stop = min(stop, len(data) - MARGIN + 1)
        while self._hits_left > 0:
            at = data.find(self._literal, at)
            if at < 0 or at >= stop:
                return None
            self._hits_left -= 1
            if self._head.match(data, at):
                return at
            at += 1
        return None

    def _extend(self, text: bytearray, data: bytes, at: int) -> tuple[bytes | None, int]:
        """Add bytes to the open text; return it once it is whole, and where the next may start."""
        stop = at + self._limit - len(text)
        end = self._end.search(data, at, stop)
        if end:
            stop = end.start()
        text += data[at:stop]
        if not end and len(text) < self._limit:
            return None, len(data)
        self._text = None
        return bytes(text), min(stop, len(data))
