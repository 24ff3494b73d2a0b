"""`panicpipe run`: the daemon, in the foreground as launchd wants it."""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

import click

from pipeline.cli.journals import unusable
from pipeline.cli.options import config_option
from pipeline.daemon import logs
from pipeline.errors import ConfigError, ExitCode, NewerJournal, RefusedDirectory

_log = logging.getLogger("panicpipe.daemon")

_UMASK = 0o027
_OUR_FAULTS = frozenset({None, "SQLITE_ERROR", "SQLITE_MISUSE", "SQLITE_RANGE"})
"""What SQLite says of wrong calls; all else is about the journal's file or its volume."""


@click.command()
@click.option(
    "--log",
    metavar="FILE",
    type=click.Path(path_type=Path, readable=False),
    help="Log to this file, also after it has been renamed, instead of standard error.",
)
@config_option
def run(log: Path | None, config: Path | None) -> int:
    """Watch for dumps and process each one, until stopped by SIGTERM or Ctrl-C.

    Logs one line per event on standard error, times in UTC. Stops within 5 seconds, whatever it is
    doing; what was under way goes on at the next start.
    """
    os.umask(_UMASK)
    logs.begin(log)
    try:
        return _serve(config)
    except (ConfigError, RefusedDirectory, NewerJournal) as error:
        if not under_launchd(os.environ, os.getppid()):
            raise
        # launchd would start us again every ten seconds for ever: only a person can mend this.
        for line in str(error).splitlines():
            _log.error("%s", line)
        _log.error("not running until this is mended and the service is started again")
        return ExitCode.OK


def _serve(config: Path | None) -> int:
    from pipeline.alerts.routes import check as check_notifiers
    from pipeline.config import load
    from pipeline.daemon.service import Daemon
    from pipeline.daemon.state_directory import StateDirectory

    settings = load(config)
    check_notifiers(settings.notifiers, settings.file)
    with StateDirectory.acquire(settings.state_directory) as state:
        file = settings.file or "no configuration file: all defaults"
        _log.info("panicpipe %s, %s, state in %s", version("panicpipe"), file, state.path)
        try:
            asyncio.run(Daemon(settings, state).serve())
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorname", None) in _OUR_FAULTS:
                raise
            raise unusable(state.path, error) from error
    return ExitCode.OK


def under_launchd(environment: Mapping[str, str], parent: int) -> bool:
    """Whether launchd started us as a job, and so decides by our exit code about a restart."""
    return parent == 1 and environment.get("XPC_SERVICE_NAME", "0") != "0"
