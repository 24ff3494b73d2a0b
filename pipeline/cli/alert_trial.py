"""`panicpipe alert test`: a sample of each kind to every route, and what the services answer."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.alerts.receipts import Outcome, Receipts
from pipeline.cli.alert_samples import Samples, chosen, known_event, taken
from pipeline.cli.options import config_option
from pipeline.cli.trial import Trial, Tried
from pipeline.cli.trial_text import TrialText
from pipeline.config import Settings, load
from pipeline.config.terms import terms
from pipeline.errors import ExitCode
from pipeline.messages.samples import samples


@click.command("test")
@click.argument("route", required=False)
@click.option(
    "--event",
    "events",
    metavar="NAME",
    multiple=True,
    help="Send only this kind, also where the route's rule leaves it out. May be repeated.",
)
@config_option
def trial(route: str | None, events: Sequence[str], config: Path | None) -> int:
    """Send a sample of each kind to every route, or to ROUTE; print what the services answer.

    ROUTE is a route, such as ops/slack-1f0c, or a notifier with all its destinations, such as ops.
    Every title says that it is a test. A route gets the kinds that its rule lets through. Needs no
    daemon, and changes nothing.
    """
    settings = load(config)
    known = samples()
    wanted = [known_event(known, event) for event in dict.fromkeys(events)]
    with tempfile.TemporaryDirectory(prefix="panicpipe-") as place:
        receipts = Receipts(Path(place) / "receipts")
        trials = _trials(settings, route, known, wanted, receipts)
        try:
            works = asyncio.run(_all(trials, TrialText(known, all_wanted=bool(wanted))))
        except asyncio.CancelledError:  # SIGTERM, or the terminal was closed
            raise KeyboardInterrupt from None
    return ExitCode.OK if works else ExitCode.UNDELIVERED


def _trials(
    settings: Settings,
    name: str | None,
    known: Samples,
    wanted: Sequence[str],
    receipts: Receipts,
) -> Sequence[Trial]:
    trials, children = [], terms(settings)
    for route in chosen(settings, name):
        events = wanted or taken(settings.rules[route.notifier], known)
        wanted_samples = [known[each] for each in events]
        trials.append(Trial(route, wanted_samples, settings.style, receipts, children))
    return trials


async def _all(trials: Sequence[Trial], text: TrialText) -> bool:
    """Send to all routes at once, tell of one after the other; False where one took not all."""
    _end_with_signals()
    works = True
    async with asyncio.TaskGroup() as group:
        for trial in trials:
            group.create_task(trial.run())
        for trial in trials:
            text.begin(trial)
            async for news in trial.news():
                text.tell(news)
                works = works and not _failed(news)
            text.end(trial)
    return works


def _failed(news: object) -> bool:
    return isinstance(news, Tried) and news.receipt.outcome is not Outcome.SENT


def _end_with_signals() -> None:
    """Have SIGTERM and a closed terminal stop the children, as Ctrl-C does."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  we are in it
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            with contextlib.suppress(ValueError, RuntimeError):
                asyncio.get_running_loop().add_signal_handler(number, task.cancel)
