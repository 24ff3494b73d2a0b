"""Asks before the machine is changed, with every command and file on the screen."""

from __future__ import annotations

import sys
from collections.abc import Callable

import click

from pipeline.cli import output
from pipeline.machine import Changes, Machine

yes_option = click.option("--yes", is_flag=True, help="Do not ask before anything is changed.")
"""`--yes`; the function gets `yes`."""


def ask(machine: Machine, act: Callable[[Changes], object]) -> None:
    """Show what `act` would change, and go on only where somebody agrees to it.

    Nothing is asked where nothing would change. click.Abort where the answer is no.
    """
    told: list[str] = []
    act(Changes(machine, told.append, dry_run=True))
    if not told:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("there is nobody to ask: add --yes, or --dry-run to see what it is")
    output.say("This is what will be done:")
    for line in told:
        output.say(f"  {line}")
    click.confirm("Go on?", abort=True)
