"""Keeps in the journal what time was witnessed."""

from __future__ import annotations

from pipeline.journal import Journal
from pipeline.retention.witnessed import Witnessed, read

_NAME = "retention.clock:noted"
_WRITE_EVERY = 3600.0
"""Seconds; far less than the gaps that matter."""


def witness(journal: Journal, now: float) -> Witnessed:
    """Return what is known of the time that has passed until now; changes nothing."""
    noted = journal.conditions.find(_NAME)
    if noted is None:
        return Witnessed.first(journal.removals.newest_event(), now)
    return read(noted.since, noted.text).at(now)


def note(journal: Journal, time: Witnessed) -> None:
    """Put it on record, where it is worth while; gaps come with large steps only."""
    before = journal.conditions.find(_NAME)
    if before is None or not 0 <= time.noted - before.since < _WRITE_EVERY:
        journal.conditions.put(_NAME, time.noted, time.text())
