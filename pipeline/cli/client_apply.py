"""`panicpipe client apply` and `undo`: the boot-args of this Mac itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from pipeline.bootargs.value import BootArgs
from pipeline.bootargs.wish import merged
from pipeline.cli import output
from pipeline.cli.client_text import show_taken_out
from pipeline.cli.client_wish import wish, wish_options
from pipeline.cli.consent import ask, yes_option
from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.perseverance import tell, unwatched
from pipeline.cli.rights import need_root
from pipeline.client import applying
from pipeline.client.surveying import surroundings
from pipeline.machine import Changes, this_machine
from pipeline.machine.lock import alone


@click.command()
@wish_options
@click.option("--force", is_flag=True, help="Set them also where no core could arrive that way.")
@yes_option
@dry_run_option
@root_option
def apply(force: bool, yes: bool, dry_run: bool, root: Path | None, **options: Any) -> None:
    """Set this Mac's boot-args so that it sends its core, and keep what was there for `undo`.

    They hold from the next restart on, which is yours to do.
    """
    machine = this_machine(root)
    applying.refuse_elsewhere(machine)
    need_root(machine, "client apply", dry_run=dry_run)
    with alone(machine, dry_run=dry_run):
        had = applying.current(machine)
        wanted = merged(had, wish(options))
        if not force:
            applying.refuse_useless(wanted, surroundings(machine))
        _show(had, wanted)
        if had == wanted:
            output.say("This Mac has these boot-args already.")
            return
        show_taken_out(had, wanted)
        if not yes and not dry_run:
            ask(machine, lambda changes: applying.apply(changes, had, wanted))
        with unwatched():
            applying.apply(Changes(machine, tell, dry_run=dry_run), had, wanted)
            if not dry_run:
                tell("Set, and read again. Restart this Mac: sudo reboot", "green")


@click.command()
@yes_option
@dry_run_option
@root_option
def undo(yes: bool, dry_run: bool, root: Path | None) -> None:
    """Put this Mac's boot-args back as they were before `client apply`.

    What somebody else has changed meanwhile stays.
    """
    machine = this_machine(root)
    applying.refuse_elsewhere(machine)
    need_root(machine, "client undo", dry_run=dry_run)
    with alone(machine, dry_run=dry_run):
        had, wanted = applying.undone(machine)
        _show(had, wanted)
        if not yes and not dry_run:
            ask(machine, lambda changes: applying.undo(changes, had, wanted))
        with unwatched():
            applying.undo(Changes(machine, tell, dry_run=dry_run), had, wanted)
            if not dry_run:
                tell("Put back, and read again. They hold from the next restart on.", "green")


def _show(had: BootArgs, wanted: BootArgs) -> None:
    output.say(f"boot-args now:  {had if had.arguments else '(none)'}")
    output.say(f"boot-args then: {wanted if wanted.arguments else '(none)'}")
