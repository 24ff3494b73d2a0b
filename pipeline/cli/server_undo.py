"""`panicpipe server undo`: this Mac as it was before `server setup`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from pipeline.cli.consent import ask, yes_option
from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.perseverance import tell, unwatched
from pipeline.cli.rights import need_root
from pipeline.cli.server_mac import receiving_mac
from pipeline.machine import Changes


@click.command()
@yes_option
@dry_run_option
@root_option
def undo(yes: bool, dry_run: bool, root: Path | None) -> None:
    """Bring back how kdumpd was before the first `server setup`.

    Our own property list goes, Apple's kdumpd is as it was found, and directories that were made
    for dumps go if nothing is in them. Dumps are never removed.
    """
    from pipeline.machine.lock import alone
    from pipeline.server.setup import undo as bring_back

    machine = receiving_mac(root)
    need_root(machine, "server undo", dry_run=dry_run)
    with alone(machine, dry_run=dry_run):
        if not yes and not dry_run:
            ask(machine, bring_back)
        with unwatched():
            left = bring_back(Changes(machine, tell, dry_run=dry_run))
            _tell_end(left, dry_run=dry_run)


def _tell_end(left: Sequence[str], *, dry_run: bool) -> None:
    if not left:
        tell("There is nothing to undo: this Mac was not set up with `server setup`.")
    elif dry_run:
        tell("Nothing was changed.")
    else:
        tell("It is as it was, but for this:")
        for line in left:
            tell(f"  {line}")
