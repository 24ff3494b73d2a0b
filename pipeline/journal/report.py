"""What `panicpipe status` tells, read from the journal in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.journal import Journal
from pipeline.journal.rows import OPEN_STATES, DumpRow, LiveRow, OwedAlert, State
from pipeline.model import Artifact

_MOST_IGNORED = 1000


@dataclass(frozen=True, kw_only=True)
class Report:
    """The journal at one instant."""

    in_flight: tuple[tuple[DumpRow, LiveRow], ...]
    waiting: tuple[DumpRow, ...]
    """Judged or seen, but nothing is being done with them now."""
    parked: tuple[DumpRow, ...]
    gone: tuple[DumpRow, ...]
    done: tuple[DumpRow, ...]
    artifacts: Mapping[int, tuple[Artifact, ...]]
    ignored: tuple[DumpRow, ...]
    passed_over: tuple[tuple[str, bytes, str], ...]
    owed: tuple[OwedAlert, ...]
    counts: Mapping[State, int]


def read_report(journal: Journal, *, most_done: int) -> Report:
    """Read all in one transaction, so that no dump is shown twice or not at all."""
    with journal.snapshot():
        live = journal.live.all()
        opened = journal.dumps.by_state(*OPEN_STATES)
        done = journal.dumps.by_state(State.DONE, limit=most_done)
        return Report(
            in_flight=tuple((row, live[row.id]) for row in opened if row.id in live),
            waiting=tuple(row for row in opened if row.id not in live),
            parked=tuple(row for row in journal.dumps.by_state(State.PARKED) if row.current),
            gone=tuple(journal.dumps.by_state(State.GONE, limit=most_done)),
            done=tuple(done),
            artifacts={row.id: tuple(journal.steps.artifacts(row.id)) for row in done},
            ignored=tuple(journal.dumps.by_state(State.IGNORED, limit=_MOST_IGNORED)),
            passed_over=tuple(journal.live.all_passed_over()),
            owed=tuple(journal.outbox.pending()),
            counts=journal.dumps.counts(),
        )
