"""`panicpipe install`: the service, on a Mac or on Linux, or what is newer of it."""

from __future__ import annotations

from pathlib import Path

import click

from pipeline.cli import output
from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.rights import need_root
from pipeline.machine import Changes, this_machine


@click.command()
@click.option(
    "--dumps",
    metavar="DIR",
    help="Watch this directory. Left out: where kdumpd writes. Only for a new configuration.",
)
@click.option(
    "--with",
    "extra",
    metavar="PACKAGE",
    multiple=True,
    help="A plugin to install with it, as pip takes it. May be given again.",
)
@click.option("--uv", metavar="FILE", help="The uv to make a Python with, where none is root's.")
@click.option("--index-url", metavar="URL", help="Where pip looks for packages.")
@click.option(
    "--environment",
    metavar="DIR",
    help="Run it from this virtual environment of root's instead of making one.",
)
@dry_run_option
@root_option
def install(
    dumps: str | None,
    extra: tuple[str, ...],
    uv: str | None,
    index_url: str | None,
    environment: str | None,
    dry_run: bool,
    root: Path | None,
) -> None:
    """Install the service and start it; again: bring it up to this version.

    Every file and every command is told. Root runs only what root owns: where this panicpipe can
    be changed by others, it gets a Python and an environment of its own. An upgrade loses no dump:
    the daemon stops within 5 seconds, and goes on where it was.
    """
    from pipeline.installing.wishes import Wishes

    machine = this_machine(root)
    need_root(machine, "install", dry_run=dry_run)
    for option, path in (("--dumps", dumps), ("--environment", environment), ("--uv", uv)):
        if path is not None and not path.startswith("/"):
            raise click.BadParameter("must be an absolute path", param_hint=option)
    wishes = Wishes(
        extra=extra or None, uv=uv, index_url=index_url, environment=environment, dumps=dumps
    )
    changes = Changes(machine, output.say, dry_run=dry_run)
    if machine.mac:
        from pipeline.installing.mac import install as install_on_mac

        install_on_mac(changes, wishes, output.say)
    else:
        from pipeline.installing.linux import install as install_on_linux

        install_on_linux(changes, wishes, output.say)
    if dry_run:
        output.say("Nothing was changed.")
