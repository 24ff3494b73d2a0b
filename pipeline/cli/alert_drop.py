"""`panicpipe alert drop`: owe an alert no longer, without having sent it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from pipeline.cli import alert_phrases, output
from pipeline.cli.journals import reading, refuse_a_stranger, request, state_directory, unusable
from pipeline.cli.options import config_option
from pipeline.daemon.state_directory import StateDirectory, running, wake
from pipeline.display import one_line
from pipeline.errors import ExitCode, PanicPipeError
from pipeline.journal import Journal
from pipeline.journal.outbox import DROP_ALERT, DROPPED_ON_REQUEST
from pipeline.journal.rows import OwedAlert
from pipeline.machine.acting import acting_as_owner

_PATIENCE = 5.0
"""Seconds that the daemon has to do it, before the command leaves it alone with that."""
_SEE = "see `panicpipe alert pending`"


@click.command()
@click.argument("numbers", metavar="[NUMBER]...", nargs=-1, type=click.IntRange(1, (1 << 63) - 1))
@click.option("--route", metavar="NAME", help="All that is owed to this route, or this notifier.")
@config_option
def drop(numbers: Sequence[int], route: str | None, config: Path | None) -> int:
    """Owe the alerts with these NUMBERs no longer, without sending them.

    Numbers are what `panicpipe alert pending` prints first. What a digest tells is dropped with it.
    The dumps that they tell of stay as they are: see `panicpipe show`.
    """
    if bool(numbers) == (route is not None):
        raise click.UsageError("name alerts by their numbers, or a route with --route; not both")
    directory = state_directory(config)
    with reading(directory) as journal, journal.snapshot():
        if route is None:
            chosen = [_owed(journal, number) for number in dict.fromkeys(numbers)]
        else:
            chosen = _owed_to(journal, route)
    if not chosen:
        output.say(f"Nothing is owed to {one_line(route or '', 64)}.")
        return ExitCode.OK
    refuse_a_stranger(directory)
    if running(directory):
        _ask(directory, chosen)
    else:
        _drop(directory, chosen)
    _tell(directory, chosen)
    return ExitCode.OK


def _owed(journal: Journal, number: int) -> OwedAlert:
    owed = journal.outbox.find(number)
    if owed is None:
        raise PanicPipeError(f"there is no alert {number}; {_SEE}")
    if owed.sent is not None or owed.dropped is not None:
        how = alert_phrases.story(owed, 0.0, alive=False)
        raise PanicPipeError(f"alert {number} is not owed any more: {how}; {_SEE}")
    if owed.digest is not None:
        raise PanicPipeError(f"alert {number} is told by digest {owed.digest}: drop that one")
    return owed


def _owed_to(journal: Journal, name: str) -> list[OwedAlert]:
    owed = journal.outbox.pending()
    known = {*(each.route for each in owed), *(row.name for row in journal.routes.all())}
    meant = {route for route in known if name in (route, route.partition("/")[0])}
    if not meant:
        there = ", ".join(sorted(known)) or "none"
        raise PanicPipeError(f'there is no route "{one_line(name, 64)}"; there are: {there}')
    return [each for each in owed if each.route in meant and each.digest is None]


def _ask(directory: Path, chosen: Sequence[OwedAlert]) -> None:
    """Have the daemon do it, which may be sending one of them now; wait a little."""
    request(directory, DROP_ALERT, *(owed.id for owed in chosen))
    wake(directory)
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and _is_noted(directory):
        time.sleep(0.05)


def _is_noted(directory: Path) -> bool:
    with reading(directory) as journal:
        return any(action == DROP_ALERT for _, action, _ in journal.requests.all())


def _drop(directory: Path, chosen: Sequence[OwedAlert]) -> None:
    """Do what the daemon would, having its place."""
    with acting_as_owner(directory), StateDirectory.acquire(directory) as state:
        journal = Journal.open(state.path)
        try:
            with journal.transaction():
                for owed in chosen:
                    journal.outbox.drop(owed.id, DROPPED_ON_REQUEST)
        except sqlite3.Error as error:
            raise unusable(directory, error) from error
        finally:
            journal.close()


def _tell(directory: Path, chosen: Sequence[OwedAlert]) -> None:
    with reading(directory) as journal, journal.snapshot():
        for line in _outcomes(journal, chosen):
            output.say(line)


def _outcomes(journal: Journal, chosen: Sequence[OwedAlert]) -> Iterator[str]:
    for before in chosen:
        owed = journal.outbox.find(before.id) or before
        what = f"{owed.id}: {alert_phrases.about(owed)} to {owed.route}"
        if owed.dropped is not None:
            yield f"Dropped {what}"
        elif owed.sent is not None:
            yield f"Sent meanwhile: {what}"
        else:
            yield f"Noted, the daemon drops it when it gets to it: {what}"
