"""`panicpipe service`: the installed daemon, started, stopped and looked at."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.perseverance import tell, unwatched
from pipeline.cli.rights import need_root
from pipeline.errors import ExitCode
from pipeline.installing.service import Service
from pipeline.machine import Changes, Machine, this_machine

_LINES = 50


@click.group()
def service() -> None:
    """Start, stop and look at the installed service."""


@service.command()
@dry_run_option
@root_option
def start(dry_run: bool, root: Path | None) -> None:
    """Start it, now and with the machine."""
    _act("start", lambda of: of.start(), root, dry_run=dry_run)


@service.command()
@dry_run_option
@root_option
def stop(dry_run: bool, root: Path | None) -> None:
    """Stop it, until it is started again: not with the machine either.

    Dumps that arrive meanwhile are taken up at the next start.
    """
    _act("stop", lambda of: of.stop(), root, dry_run=dry_run)


@service.command()
@dry_run_option
@root_option
def restart(dry_run: bool, root: Path | None) -> None:
    """Stop and start it, such as after a change of its configuration."""
    _act("restart", lambda of: of.restart(), root, dry_run=dry_run)


@service.command(short_help="Say whether it runs and starts with the machine.")
@root_option
def status(root: Path | None) -> int:
    """Say in one line whether the service runs and starts with the machine.

    Exit code 0 where it runs, 1 where not, 12 where only root is told. `panicpipe status` tells
    what it is doing.
    """
    machine = this_machine(root)
    state = _service(Changes(machine, output.say, dry_run=False)).state()
    output.say(f"The service is {state.words}", "green" if state.pid else "red")
    if state.installed and state.loaded is None and machine.real and os.geteuid() != 0:
        return ExitCode.NEEDS_ROOT
    return ExitCode.OK if state.pid else ExitCode.FAILED


@service.command()
@click.option(
    "-n",
    "--lines",
    type=click.IntRange(0, 100_000),
    default=_LINES,
    show_default=True,
    help="How many.",
)
@click.option("-f", "--follow", is_flag=True, help="Go on with what comes, until Ctrl-C.")
@root_option
def logs(lines: int, follow: bool, root: Path | None) -> None:
    """Print the last lines of its log."""
    of = _service(Changes(this_machine(root), output.say, dry_run=False))
    for line in of.logs(lines, follow=follow):
        output.say(line)


def _act(verb: str, act: Callable[[Service], None], root: Path | None, *, dry_run: bool) -> None:
    from pipeline.machine.lock import alone

    machine = this_machine(root)
    need_root(machine, f"service {verb}", dry_run=dry_run)
    of = _service(Changes(machine, tell, dry_run=dry_run))
    with alone(machine, dry_run=dry_run), unwatched():
        act(of)
    if not dry_run:
        tell(f"The service is {of.state().words}")


def _service(changes: Changes) -> Service:
    machine: Machine = changes.machine
    if machine.mac:
        from pipeline.installing.mac_service import installed_service as on_mac

        return on_mac(changes)
    from pipeline.installing.linux_service import installed_service as on_linux

    return on_linux(changes)
