"""`panicpipe server`: this Mac as the one that receives dumps."""

from __future__ import annotations

import click

from pipeline.cli.lazy import LazyGroup, Table

_COMMANDS: Table = {
    "setup": ("pipeline.cli.server_setup:setup", "Have this Mac receive dumps."),
    "status": ("pipeline.cli.server_status:status", "Say whether dumps would arrive here."),
    "undo": ("pipeline.cli.server_undo:undo", "Bring back how it was before setup."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def server() -> None:
    """Set up kdumpd, Apple's dump server, on this Mac, and see that dumps would arrive.

    Where another machine receives the dumps, none of this is needed.
    """
