"""The daemon's observer: one log line per event, and the live record that `status` shows."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from pipeline.corefile import DumpName
from pipeline.display import one_line, size
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, LiveRow
from pipeline.model import CoreFacts
from pipeline.running.observer import Observer

_log = logging.getLogger("panicpipe.dump")
_WRITE_EVERY = 1.0
_RATE_SPAN = 5.0
"""Seconds over which the rate is taken."""


@dataclass
class _Progress:
    """What was last written about one dump."""

    written: float = -1e9
    span_start: float = 0.0
    span_bytes: int = 0
    rate: float = 0.0
    phase: str = ""
    facts: CoreFacts | None = None
    told: set[str] = field(default_factory=set)


class LiveReport(Observer):
    """Writes to the log and to the journal's live table, at most once a second for each dump."""

    def __init__(self, journal: Journal, clock: Callable[[], float] = time.monotonic) -> None:
        self._journal = journal
        self._clock = clock
        self._dumps: dict[int, _Progress] = {}

    def note(self, row: DumpRow, text: str) -> None:
        client = DumpName.parse(row.raw_name).client
        of = f" from {client}" if client and client not in row.name else ""
        _log.info("dump %d %s%s: %s", row.id, row.name, of, one_line(text))

    def facts(self, row: DumpRow, facts: CoreFacts) -> None:
        known = self._dumps.setdefault(row.id, _Progress())
        known.facts = facts
        if facts.panic is not None and "panic" not in known.told:
            known.told.add("panic")
            self.note(row, facts.panic.line)
        elif facts.expected_size and "size" not in known.told:
            known.told.add("size")
            arch = facts.architecture or "unknown architecture"
            self.note(row, f"a core of {size(facts.expected_size)}, {arch}")

    def progress(
        self, row: DumpRow, phase: str, done: int, total: int | None, file_bytes: int
    ) -> None:
        known = self._dumps.setdefault(row.id, _Progress())
        now = self._clock()
        if phase == known.phase and now - known.written < _WRITE_EVERY:
            return
        if phase != known.phase:
            known.phase, known.rate = phase, 0.0
            known.span_start, known.span_bytes = now, file_bytes
        elif now - known.span_start > 0:
            known.rate = (file_bytes - known.span_bytes) / (now - known.span_start)
            if now - known.span_start > _RATE_SPAN:
                known.span_start, known.span_bytes = now, file_bytes
        known.written = now
        shown = LiveRow(
            dump=row.id,
            phase=phase,
            done=done,
            total=total,
            bytes=file_bytes,
            rate=max(known.rate, 0.0),
            updated=time.time(),
            facts=_shown(known.facts),
        )
        with contextlib.suppress(sqlite3.Error):  # whoever must write will tell of it
            self._journal.live.report(shown)

    def idle(self, row: DumpRow) -> None:
        self._dumps.pop(row.id, None)
        with contextlib.suppress(sqlite3.Error):
            self._journal.live.remove(row.id)


def _shown(facts: CoreFacts | None) -> dict[str, str]:
    if facts is None:
        return {}
    shown = {
        "kind": str(facts.kind),
        "architecture": facts.architecture,
        "version": facts.version,
        "uuid": facts.uuid,
        "panic": None if facts.panic is None else facts.panic.line,
    }
    return {key: value for key, value in shown.items() if value}
