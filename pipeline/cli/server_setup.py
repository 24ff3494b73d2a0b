"""`panicpipe server setup`: kdumpd enabled, with a directory that only root owns."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import click

from pipeline.cli.consent import ask, yes_option
from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.perseverance import tell, unwatched
from pipeline.cli.rights import need_root
from pipeline.cli.server_mac import receiving_mac
from pipeline.errors import ExitCode
from pipeline.machine import Changes, Machine


@click.command()
@click.option(
    "--directory",
    metavar="DIR",
    help="Have dumps written there, by a property list of our own in place of Apple's. Left out: "
    "where they go now.",
)
@yes_option
@dry_run_option
@root_option
def setup(directory: str | None, yes: bool, dry_run: bool, root: Path | None) -> int:
    """Have this Mac receive dumps: make kdumpd's directory, and start kdumpd.

    Where dumps go says kdumpd's own property list. The directory becomes root:wheel, mode 1777,
    because whoever owns it can delete dumps; one that somebody else made is refused, and no dump in
    it is touched. Again: sets right what is not as it should be. Everything is told, and `server
    undo` takes it back. The daemon watches another directory from its next start on.
    """
    from pipeline.installing import material
    from pipeline.kdumpd import OURS
    from pipeline.machine.lock import alone
    from pipeline.server.setup import set_up

    machine = receiving_mac(root)
    if directory is not None and not directory.startswith("/"):
        raise click.BadParameter("must be an absolute path", param_hint="--directory")
    need_root(machine, "server setup", dry_run=dry_run)
    wanted = None if directory is None else Path(directory)
    act = partial(set_up, directory=wanted, template=material.data(f"{OURS}.plist"))
    with alone(machine, dry_run=dry_run):
        if not yes and not dry_run:
            ask(machine, act)
        with unwatched():
            _make(machine, act, dry_run=dry_run)
            return ExitCode.OK if dry_run else _verified(machine)


def _make(machine: Machine, act: Callable[[Changes], object], *, dry_run: bool) -> None:
    from pipeline.kdumpd import kdumpd_directory

    told: list[str] = []
    before = kdumpd_directory(machine.root)
    act(Changes(machine, partial(_tell, told), dry_run=dry_run))
    if not told:
        tell("Nothing is to be changed.")
    elif dry_run:
        tell("Nothing was changed.")
    if kdumpd_directory(machine.root) != before:
        tell("The daemon watches it from its next start on: sudo panicpipe service restart")


def _tell(told: list[str], line: str) -> None:
    told.append(line)
    tell(line)


def _verified(machine: Machine) -> int:
    from pipeline.cli.server_status import show

    report = show(machine, tell)
    return ExitCode.OK if report.exit_code is ExitCode.WARNED else report.exit_code
