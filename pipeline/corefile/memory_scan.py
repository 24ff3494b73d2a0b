"""Looking for the panic report and the kernel's version in everything that goes by."""

from __future__ import annotations

import re

from pipeline.corefile.notes import version_in
from pipeline.corefile.panic_text import HEAD, LITERAL, PanicReport, parse_report
from pipeline.corefile.text_finder import TextFinder

_REPORT_LIMIT = 32 << 10
_MAX_REPORTS = 32  # the report, its copies in other buffers, and some chance resemblances
_MAX_VERSIONS = 64


class MemoryScan:
    """Feed it memory; it keeps the richest panic report and the first version string."""

    def __init__(self) -> None:
        self.report: PanicReport | None = None
        self.version: str | None = None
        self._reports = TextFinder(
            LITERAL,
            head=HEAD,
            end=re.compile(rb"\0"),
            limit=_REPORT_LIMIT,
            count=_MAX_REPORTS,
        )
        self._versions = TextFinder(
            b"Darwin Kernel Version ",
            head=re.compile(rb"Darwin Kernel Version \d{1,3}\.\d"),
            end=re.compile(rb"[\0\r\n]"),
            limit=400,
            count=_MAX_VERSIONS,
        )

    def feed(self, data: bytes) -> bool:
        """Take the next bytes; True when that told something new."""
        before = self.found
        for text in self._reports.feed(data):
            self.report = _richer(self.report, parse_report(text))
        if self.version is None:
            for text in self._versions.feed(data):
                self.version = self.version or version_in(text)
        return before != self.found

    @property
    def found(self) -> tuple[PanicReport | None, str | None]:
        return self.report, self.version

    def final(self) -> tuple[PanicReport | None, str | None]:
        """Return report and version, taking in what the end of the stream cut short."""
        last = self._reports.rest()
        report = _richer(self.report, parse_report(last)) if last else self.report
        cut = self._versions.rest()
        return report, self.version or (version_in(cut) if cut else None)


def _richer(held: PanicReport | None, other: PanicReport | None) -> PanicReport | None:
    if held is None or other is None:
        return held or other
    return other if other.richness > held.richness else held
