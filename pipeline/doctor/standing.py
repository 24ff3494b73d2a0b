"""What the journal says at this instant, as far as the doctor asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pipeline.daemon.destinations import Destination, read_destinations
from pipeline.daemon.lifeline import Run, last_run
from pipeline.daemon.state_directory import holder, running
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, OwedAlert, RouteRow, State
from pipeline.journal.untouched import untouched

_DUMPS = tuple(state for state in State if state not in (State.IGNORED, State.SUPERSEDED))


@dataclass(frozen=True, kw_only=True)
class Life:
    """Whether a daemon uses the state directory. None where we may not know."""

    alive: bool | None = None
    pid: int | None = None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """The journal at one instant."""

    run: Run | None = None
    last: DumpRow | None = None
    """The newest dump, whatever became of it."""
    archiving: tuple[DumpRow, ...] = ()
    """Announced, and owed to the archive; the newest first."""
    parked: tuple[DumpRow, ...] = ()
    alerts: tuple[OwedAlert, ...] = ()
    routes: tuple[RouteRow, ...] = ()
    destinations: tuple[Destination, ...] = ()
    newest_event: float | None = None
    """The latest time on record."""
    largest_core: int | None = None
    """Bytes of the largest core that was complete."""


def life(state_directory: Path) -> Life:
    """Ask the lock; changes nothing."""
    try:
        alive = running(state_directory)
    except OSError:
        return Life()
    return Life(alive=alive, pid=holder(state_directory) if alive else None)


def standing(state_directory: Path, life: Life) -> Standing:
    """Read it all at one instant; JournalError where it cannot be read."""
    with untouched(state_directory, alive=bool(life.alive)) as journal, journal.snapshot():
        return _read(journal)


def _read(journal: Journal) -> Standing:
    run = last_run(journal)
    alive = None if run is None else run.last_alive
    events = [each for each in (journal.removals.newest_event(), alive) if each is not None]
    newest = journal.dumps.by_state(*_DUMPS, limit=1)
    return Standing(
        run=run,
        last=newest[0] if newest else None,
        archiving=tuple(journal.dumps.by_state(State.ARCHIVING)),
        parked=tuple(row for row in journal.dumps.by_state(State.PARKED) if row.current),
        alerts=tuple(journal.outbox.pending()),
        routes=tuple(journal.routes.all()),
        destinations=read_destinations(journal),
        newest_event=max(events, default=None),
        largest_core=journal.removals.sizes()[1],
    )
