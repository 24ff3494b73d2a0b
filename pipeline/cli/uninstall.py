"""`panicpipe uninstall`: takes the service away; dumps and zips stay."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.perseverance import tell, unwatched
from pipeline.cli.rights import need_root
from pipeline.machine import Changes, Machine, this_machine


@click.command()
@click.option(
    "--purge",
    is_flag=True,
    help="Also remove the configuration, the journal, the log and the worker's account.",
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@dry_run_option
@root_option
def uninstall(purge: bool, yes: bool, dry_run: bool, root: Path | None) -> None:
    """Stop the service and take it away.

    Says what stays, what would remove that, and what cannot be taken back. No dump and no zip is
    ever removed.
    """
    from pipeline.machine.lock import alone

    machine = this_machine(root)
    need_root(machine, "uninstall", dry_run=dry_run)
    if purge:
        _warn(machine)
    if purge and not dry_run and not yes:
        _ask()
    changes = Changes(machine, tell, dry_run=dry_run)
    with alone(machine, dry_run=dry_run), unwatched():
        _uninstall(changes, purge=purge)
    if dry_run:
        tell("Nothing was changed.")


def _uninstall(changes: Changes, *, purge: bool) -> None:
    if changes.machine.mac:
        from pipeline.installing.mac_removal import uninstall as uninstall_on_mac

        uninstall_on_mac(changes, tell, purge=purge)
    else:
        from pipeline.installing.linux_removal import uninstall as uninstall_on_linux

        uninstall_on_linux(changes, tell, purge=purge)


def _warn(machine: Machine) -> None:
    """Say what is lost with the journal; one that the configuration keeps elsewhere stays."""
    from pipeline.installing.losses import losses
    from pipeline.paths import here, system_state_directory

    state = str(system_state_directory(here(machine.platform, 0)))
    lost = losses(machine, state)
    if lost:
        output.say("What would be lost:")
        for line in lost:
            output.say(f"  {line}")


def _ask() -> None:
    if not sys.stdin.isatty():
        raise click.UsageError("--purge removes the journal and the log for good: add --yes")
    click.confirm("Remove the configuration, the journal and the log for good?", abort=True)
