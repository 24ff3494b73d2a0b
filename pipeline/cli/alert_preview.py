"""`panicpipe alert preview`: how an alert looks, without sending it."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from pipeline.cli import output, tables
from pipeline.cli.alert_samples import Samples, chosen, known_event, takes
from pipeline.cli.journals import found, reading, state_directory
from pipeline.cli.message_text import FORMATS, show
from pipeline.cli.options import config_option
from pipeline.config import load
from pipeline.errors import PanicPipeError
from pipeline.journal.rows import OwedAlert
from pipeline.messages import render
from pipeline.messages.samples import samples
from pipeline.model import Alert
from pipeline.redaction import without_links

_HEADERS = ("EVENT", "SEVERITY", "A SAMPLE'S TITLE")


@click.command()
@click.argument("event", required=False)
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    default=FORMATS[0],
    help="What a service that shows this is given. Default: plain text, below the title.",
)
@click.option(
    "--dump", metavar="ID", type=click.IntRange(1, (1 << 63) - 1), help="The alert of this dump."
)
@click.option("--route", metavar="NAME", help="Also say whether this route would get it.")
@config_option
def preview(
    event: str | None, form: str, dump: int | None, route: str | None, config: Path | None
) -> None:
    """Show how an alert of the kind EVENT looks, and send nothing.

    It is a sample, or with --dump what a dump of the journal gave, but for a presigned link: that
    is shown to nobody but those who get the alert. Without EVENT, list what there is.
    """
    settings = load(config)
    known = samples()
    if event is None and dump is None:
        _list(known)
        return
    if dump is None:
        key, alert = "preview", known[known_event(known, event or "")]
    else:
        owed = _owed(config, dump, event)
        key, alert = str(owed.id), _without_links(owed.alert)
    show(render(alert, key, settings.style), form)
    if route is not None:
        for each in chosen(settings, route):
            rule = settings.rules[each.notifier]
            gets = takes(rule, alert, known) if dump is None else rule.takes(alert)
            output.error(f"{each.name} {'gets' if gets else 'does not get'} this")


def _without_links(alert: Alert) -> Alert:
    return msgspec.convert(without_links(msgspec.to_builtins(alert)), Alert)


def _list(known: Samples) -> None:
    rows = [(event, str(alert.severity), alert.title) for event, alert in known.items()]
    tables.show(_HEADERS, rows)


def _owed(config: Path | None, dump: int, event: str | None) -> OwedAlert:
    """Return the newest alert of this dump, and of this kind where one is named."""
    with reading(state_directory(config)) as journal, journal.snapshot():
        row = found(journal, dump)
        alerts = journal.outbox.of(row.id)
    of_kind = [each for each in alerts if event in (None, each.alert.event)]
    if of_kind:
        return of_kind[-1]
    if not alerts:
        raise PanicPipeError(f"dump {dump} gave no alert, or no route was there to get it")
    there = ", ".join(dict.fromkeys(each.alert.event for each in alerts))
    raise PanicPipeError(f"dump {dump} gave no alert {event}; it gave: {there}")
