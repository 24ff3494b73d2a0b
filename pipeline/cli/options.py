"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click


def _own_or_global(
    context: click.Context, parameter: click.Parameter, value: Path | None
) -> Path | None:
    return value or context.find_root().params.get("config")


config_option = click.option(
    "--config",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),  # `load` tells it better
    callback=_own_or_global,
    help="Use this configuration file. Default: $PANICPIPE_CONFIG, else see `config path`.",
)
"""`--config FILE`, given before the command or after it; the function gets `config`."""

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Print JSON, one object a line, for programs."
)
"""`--json`; the function gets `as_json`."""


class _Number(click.IntRange):
    name = "dump number"  # what click's messages call it


number_argument = click.argument("number", metavar="ID", type=_Number(1, (1 << 63) - 1))
"""The number that the journal gave a dump; the function gets `number`."""
