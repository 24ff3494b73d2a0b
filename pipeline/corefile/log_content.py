"""A panic or system log: text without any mark at its end."""

from __future__ import annotations

from dataclasses import replace

from pipeline.corefile.fault import FirstHole
from pipeline.corefile.memory_scan import MemoryScan
from pipeline.model import CoreFacts, Kind

_LOGS = (Kind.PANICLOG, Kind.SYSTEMLOG)
_MOST_TEXT = 16 << 20
"""A text whose name is no log's must hold a panic report within so many bytes."""


class LogContent:
    """Looks through a text for a panic report; `kind` is what the file's name says."""

    def __init__(self, kind: Kind) -> None:
        self.size = 0
        self.holes = FirstHole()
        self.settled = False
        """It is no log, and so late in it that it will be none."""
        self._named = kind in _LOGS
        self._kind = kind if self._named else Kind.PANICLOG
        self._scan = MemoryScan()

    @property
    def is_log(self) -> bool:
        """By its name, or by the panic report that it holds."""
        return self._named or self._scan.final()[0] is not None

    def feed(self, data: bytes) -> bool:
        early = max(_MOST_TEXT - self.size, 0)
        self.size += len(data)
        news = self._scan.feed(data[:early])
        if self.size < _MOST_TEXT or self.settled:
            return news
        self.settled = not self.is_log
        return self._scan.feed(data[early:]) or news

    def hole(self, length: int) -> bool:
        self.holes.add(self.size, length)
        self.size += length
        return self._scan.feed(b"\0")

    def facts(self, known: CoreFacts, *, final: bool) -> CoreFacts:
        report, version = self._scan.final() if final else self._scan.found
        return replace(
            known,
            kind=self._kind if self._named or report else known.kind,
            uuid=report.kernel_uuid if report else None,
            version=version,
            panic=report.panic if report else None,
        )
