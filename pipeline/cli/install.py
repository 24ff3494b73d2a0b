"""`panicpipe install`: the service, on a Mac or on Linux, or what is newer of it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipeline.cli.machine_options import dry_run_option, root_option
from pipeline.cli.perseverance import tell, unwatched
from pipeline.cli.rights import need_root
from pipeline.machine import Changes, this_machine

if TYPE_CHECKING:
    from pipeline.installing.wishes import Wishes


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
@click.option(
    "--without-plugins", is_flag=True, help="Leave out the plugins of the last time, too."
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
    without_plugins: bool,
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
    from pipeline.machine.lock import alone

    machine = this_machine(root)
    need_root(machine, "install", dry_run=dry_run)
    if extra and without_plugins:
        raise click.UsageError("--with and --without-plugins exclude each other")
    if environment is not None and (extra or without_plugins):
        raise click.UsageError("--environment is used as it is: install plugins into it yourself")
    wishes = Wishes(
        extra=() if without_plugins else extra or None,
        uv=_absolute("--uv", uv),
        index_url=index_url,
        environment=_absolute("--environment", environment),
        dumps=_absolute("--dumps", dumps),
    )
    changes = Changes(machine, tell, dry_run=dry_run)
    with alone(machine, dry_run=dry_run), unwatched():
        _install(changes, wishes)
    if dry_run:
        tell("Nothing was changed.")


def _install(changes: Changes, wishes: Wishes) -> None:
    if changes.machine.mac:
        from pipeline.installing.mac import install as install_on_mac

        install_on_mac(changes, wishes, tell)
    else:
        from pipeline.installing.linux import install as install_on_linux

        install_on_linux(changes, wishes, tell)


def _absolute(option: str, path: str | None) -> str | None:
    """Return a path that root's programs and files can name, whoever reads them."""
    if path is None:
        return None
    if not path.startswith("/"):
        raise click.BadParameter("must be an absolute path", param_hint=option)
    if not path.isprintable():
        raise click.BadParameter("must have printable characters only", param_hint=option)
    return "/" + path.lstrip("/")
