"""`panicpipe uninstall`: takes the service away; dumps and zips stay."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.machine_options import dry_run_option, root_option
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
    machine = this_machine(root)
    need_root(machine, "uninstall", dry_run=dry_run)
    if purge and not dry_run:
        _ask(machine, yes=yes)
    changes = Changes(machine, output.say, dry_run=dry_run)
    if machine.mac:
        from pipeline.installing.mac_removal import uninstall as uninstall_on_mac

        uninstall_on_mac(changes, output.say, purge=purge)
    else:
        from pipeline.installing.linux_removal import uninstall as uninstall_on_linux

        uninstall_on_linux(changes, output.say, purge=purge)
    if dry_run:
        output.say("Nothing was changed.")


def _ask(machine: Machine, *, yes: bool) -> None:
    from pipeline.installing.losses import losses
    from pipeline.paths import here, system_state_directory

    state = str(system_state_directory(here(machine.platform, 0)))
    lost = losses(machine, state)
    if lost:
        output.say("What would be lost:")
        for line in lost:
            output.say(f"  {line}")
    if yes:
        return
    if not sys.stdin.isatty():
        raise click.UsageError("--purge removes the journal and the log for good: add --yes")
    click.confirm("Remove the configuration, the journal and the log for good?", abort=True)
