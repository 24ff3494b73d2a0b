"""`panicpipe alert`: try out how people are told, and see what is still owed to them."""

from __future__ import annotations

import click

from pipeline.cli.lazy import LazyGroup, Table

_COMMANDS: Table = {
    "test": ("pipeline.cli.alert_trial:trial", "Send a sample of each kind to every route."),
    "preview": ("pipeline.cli.alert_preview:preview", "Show how an alert looks; send nothing."),
    "pending": ("pipeline.cli.alert_pending:pending", "List what is owed, and how routes do."),
    "drop": ("pipeline.cli.alert_drop:drop", "Owe an alert no longer, without sending it."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def alert() -> None:
    """Try out how people are told, and see or drop what is still owed to them.

    A route is one destination of a notifier: `ops/slack-1f0c`.
    """
