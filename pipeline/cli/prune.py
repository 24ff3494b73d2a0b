"""`panicpipe prune`: what retention removes now, what it keeps, and why."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

import click

from pipeline.cli import output, prune_text
from pipeline.cli.journals import reading, refuse_a_stranger, request, state_directory, unusable
from pipeline.cli.options import config_option, json_option
from pipeline.cli.prune_text import Outcome
from pipeline.config import Settings, load
from pipeline.daemon.keeper import PRUNE
from pipeline.daemon.state_directory import StateDirectory, running, wake
from pipeline.errors import ExitCode
from pipeline.journal import Journal
from pipeline.machine.acting import acting_as_owner
from pipeline.plugin import Watch
from pipeline.publishing.publisher import Publisher
from pipeline.retention import clock
from pipeline.retention.plan import Decision, retention_stages
from pipeline.retention.removal import Remover
from pipeline.retention.upkeep import Proposal, decide, places_of, take_stock

_NO_RULES = (
    "Nothing is ever removed: no stage of the chain decides about it. To have it done, put "
    '"retain" at the end of pipeline.stages and give stages.retain a rule.'
)


@click.command()
@click.option("--dry-run", is_flag=True, help="Only explain; remove nothing.")
@json_option
@config_option
def prune(dry_run: bool, as_json: bool, config: Path | None) -> int:
    """Explain of every file that is kept why it stays or goes, and remove what goes.

    A running daemon does that by itself all the time, and is only asked to do it now. What is
    removed keeps its record: see `panicpipe show`.
    """
    directory = state_directory(config)
    with reading(directory):
        pass  # who may not read it learns that before all else
    settings = load(config)
    if not retention_stages(settings.stages):
        output.error(_NO_RULES) if as_json else output.say(_NO_RULES)
        return ExitCode.OK
    with _watches(settings) as watches:
        with reading(directory) as journal:
            proposal = _proposal(journal, settings, watches)
        if not as_json:
            prune_text.show(proposal, time.time())
        outcome = (
            _carry_out(directory, settings, watches)
            if proposal.removals and not dry_run
            else Outcome()
        )
    if as_json:
        output.print_json(prune_text.value(proposal, outcome, dry_run=dry_run))
    elif outcome.told:
        output.say()
        output.say(outcome.told)
    return ExitCode.OK


def _carry_out(directory: Path, settings: Settings, watches: Mapping[str, Watch]) -> Outcome:
    refuse_a_stranger(directory)
    if running(directory):
        request(directory, PRUNE, 0)
        wake(directory)
        return Outcome(asked=True)
    with acting_as_owner(directory), StateDirectory.acquire(directory) as state:
        return Outcome(removed=_remove(state.path, settings, watches))


def _remove(directory: Path, settings: Settings, watches: Mapping[str, Watch]) -> list[Decision]:
    """Do what the daemon would, having its place."""
    journal = Journal.open(directory)
    publisher = Publisher(journal)
    removed = []
    try:
        now = time.time()
        clock.note(journal, clock.witness(journal, now))
        remover = Remover(journal, watches, publisher)
        remover.settle(places_of(watches), now)
        for decision in _proposal(journal, settings, watches).removals:
            let_go = remover.remove(decision, now)
            if let_go is not None:
                let_go()
                removed.append(decision)
    except sqlite3.Error as error:
        raise unusable(directory, error) from error
    finally:
        publisher.close()
        journal.close()
    return removed


def _proposal(journal: Journal, settings: Settings, watches: Mapping[str, Watch]) -> Proposal:
    stock = take_stock(journal, settings.stages, places_of(watches), time.time())
    return decide(stock, settings.stages)


@contextmanager
def _watches(settings: Settings) -> Iterator[dict[str, Watch]]:
    with ExitStack() as stack:
        watches = {}
        for source in settings.sources:
            watch = source.plugin.start(lambda: None)
            stack.callback(watch.stop)
            watches[source.name] = watch
        yield watches
