"""`panicpipe run`: the daemon, in the foreground as launchd wants it."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path

import click

from pipeline import logs
from pipeline.cli.options import config_option
from pipeline.errors import ConfigError, ExitCode, RefusedDirectory

_UMASK = 0o027


@click.command()
@config_option
def run(config: Path | None) -> int:
    """Watch for dumps and process each one, until stopped by SIGTERM or Ctrl-C.

    Logs one line per event on standard error. Stops within 5 seconds, whatever it is doing; what
    was under way goes on at the next start.
    """
    logs.begin()
    os.umask(_UMASK)
    try:
        return _serve(config)
    except (ConfigError, RefusedDirectory) as error:
        if not under_launchd(os.environ, os.getppid()):
            raise
        # launchd would start us again every ten seconds for ever: only a person can mend this.
        for line in str(error).splitlines():
            logging.getLogger("panicpipe").error("%s", line)
        logging.getLogger("panicpipe").error("not running until this is mended")
        return ExitCode.OK


def _serve(config: Path | None) -> int:
    from pipeline.config import load
    from pipeline.daemon import Daemon
    from pipeline.state_directory import StateDirectory

    settings = load(config)
    with StateDirectory.acquire(settings.state_directory) as state:
        asyncio.run(Daemon(settings, state).serve())
    return ExitCode.OK


def under_launchd(environment: Mapping[str, str], parent: int) -> bool:
    """Whether launchd started us as a job, and so decides by our exit code about a restart."""
    return parent == 1 and environment.get("XPC_SERVICE_NAME", "0") != "0"
