"""`panicpipe client`: a Mac that is to send its core when it panics."""

from __future__ import annotations

import click

from pipeline.cli.lazy import LazyGroup, Table

_COMMANDS: Table = {
    "args": ("pipeline.cli.client_args:args", "Print the command that has a Mac send its core."),
    "decode": ("pipeline.cli.client_decode:decode", "Explain boot-args, and warn of traps."),
    "interfaces": (
        "pipeline.cli.client_interfaces:interfaces",
        "List this Mac's ports and which can send a core.",
    ),
    "apply": ("pipeline.cli.client_apply:apply", "Have this Mac send its core."),
    "undo": ("pipeline.cli.client_apply:undo", "Put this Mac's boot-args back as they were."),
}


@click.group(cls=LazyGroup, table=_COMMANDS)
def client() -> None:
    """Have a Mac send its core when it panics: run these on that Mac, or for it."""
