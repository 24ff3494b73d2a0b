"""Options of the commands that look at the machine or change it."""

from __future__ import annotations

from pathlib import Path

import click

root_option = click.option(
    "--root",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),  # `this_machine` tells it better
    help="Rehearse on a scratch root directory instead of this machine.",
)
"""`--root DIR`; the function gets `root`."""

dry_run_option = click.option(
    "--dry-run", is_flag=True, help="Print the commands and files, and change nothing."
)
"""`--dry-run`; the function gets `dry_run`."""
