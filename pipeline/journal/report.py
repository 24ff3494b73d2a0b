"""What `panicpipe status` tells, read from the journal in one go."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pipeline.journal import Journal
from pipeline.journal.conditions import Condition
from pipeline.journal.rows import (
    OPEN_STATES,
    DumpRow,
    LiveRow,
    OwedAlert,
    RouteRow,
    State,
    StepRow,
)
from pipeline.model import Artifact

_MOST_IGNORED = 1000
"""Files that are no dumps, unless all is asked for: the directory is open to everybody."""


@dataclass(frozen=True, kw_only=True)
class Report:
    """The journal at one instant."""

    alive: bool
    """Whether a daemon is at work."""
    in_flight: tuple[tuple[DumpRow, LiveRow], ...]
    waiting: tuple[DumpRow, ...]
    """Seen or judged, not announced, and nothing is being done with them now."""
    archiving: tuple[DumpRow, ...]
    """Announced, but background steps remain that nothing is being done about now."""
    parked: tuple[DumpRow, ...]
    asked: frozenset[int]
    """Parked dumps that are to be taken up again when a daemon gets to it."""
    gone: tuple[DumpRow, ...]
    done: tuple[DumpRow, ...]
    artifacts: Mapping[int, tuple[Artifact, ...]]
    """What is there of every dump that was announced."""
    steps: Mapping[int, tuple[StepRow, ...]]
    """Of the same dumps."""
    newer: Mapping[int, int | None]
    """What took the place of a done dump whose file has changed since."""
    ignored: tuple[DumpRow, ...]
    passed_over: tuple[tuple[str, bytes, str], ...]
    owed: tuple[OwedAlert, ...]
    counts: Mapping[State, int]
    low_on_room: tuple[Condition, ...]
    """Sources that have little room left for the next dump."""
    server_down: tuple[Condition, ...]
    """Why dumps get lost here: nothing listens, or kdumpd's directory is not as it must be."""
    routes: tuple[RouteRow, ...]


def read_report(journal: Journal, *, alive: bool, most_done: int) -> Report:
    """Read all in one transaction, so that no dump is shown twice or not at all.

    `most_done` limits what grows for ever; -1 for all of it. What a daemon that was killed was
    doing, nobody does now: such dumps wait.
    """
    most_ignored = -1 if most_done < 0 else _MOST_IGNORED
    with journal.snapshot():
        live = journal.live.all() if alive else {}
        opened = journal.dumps.by_state(*OPEN_STATES)
        waiting = [row for row in opened if row.id not in live]
        done = journal.dumps.by_state(State.DONE, limit=most_done)
        parked = [row for row in journal.dumps.by_state(State.PARKED) if row.current]
        gone = journal.dumps.by_state(State.GONE, limit=most_done)
        told = [row for row in (*opened, *parked, *gone, *done) if row.announced is not None]
        return Report(
            alive=alive,
            in_flight=tuple((row, live[row.id]) for row in opened if row.id in live),
            waiting=tuple(row for row in waiting if row.state is not State.ARCHIVING),
            archiving=tuple(row for row in waiting if row.state is State.ARCHIVING),
            parked=tuple(parked),
            asked=frozenset(number for _, _, number in journal.requests.all()),
            gone=tuple(gone),
            done=tuple(done),
            artifacts={row.id: tuple(journal.steps.artifacts(row.id)) for row in told},
            steps={row.id: tuple(journal.steps.of(row.id).values()) for row in told},
            newer={row.id: journal.dumps.newer(row.id) for row in done if not row.current},
            ignored=tuple(journal.dumps.by_state(State.IGNORED, limit=most_ignored)),
            passed_over=tuple(journal.live.all_passed_over()),
            owed=tuple(journal.outbox.pending()),
            counts=journal.dumps.counts(),
            low_on_room=tuple(journal.conditions.of_kind("disk.low")),
            server_down=tuple(journal.conditions.of_kind("server.down")),
            routes=tuple(journal.routes.all()),
        )
