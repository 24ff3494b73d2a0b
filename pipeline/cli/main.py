"""The command `panicpipe`: which subcommands there are, and how every one of them ends."""

from __future__ import annotations

import select
import sys
import traceback
from collections.abc import Sequence
from typing import NoReturn

import click

from pipeline.cli import output
from pipeline.cli.lazy import LazyGroup, Table
from pipeline.cli.options import config_option
from pipeline.display import printable
from pipeline.errors import ExitCode, PanicPipeError

_COMMANDS: Table = {
    "run": ("pipeline.cli.run:run", "Watch for dumps and process each one, until stopped."),
    "process": ("pipeline.cli.process:process", "Process files now, without the daemon."),
    "inspect": ("pipeline.cli.inspect:inspect", "Say what files are and whether they are whole."),
    "status": ("pipeline.cli.status:status", "Show what arrives, waits, is done and has failed."),
    "show": ("pipeline.cli.show:show", "Show all that is known of one dump."),
    "retry": ("pipeline.cli.retry:retry", "Let a parked dump go on."),
    "prune": ("pipeline.cli.prune:prune", "Explain what is removed and what is kept, and do it."),
    "alert": ("pipeline.cli.alert:alert", "Try out alerts, and see or drop what is owed."),
    "archive": ("pipeline.cli.archive:archive", "List, fetch and verify what is in the archive."),
    "install": ("pipeline.cli.install:install", "Install the service, or upgrade it in place."),
    "uninstall": ("pipeline.cli.uninstall:uninstall", "Take the service away; dumps stay."),
    "service": ("pipeline.cli.service:service", "Start, stop and look at the installed service."),
    "client": ("pipeline.cli.client:client", "Have a Mac send its core when it panics."),
    "stages": ("pipeline.cli.stages:stages", "List the stages that are installed."),
    "server": ("pipeline.cli.server:server", "Have this Mac receive dumps, and see that it does."),
    "doctor": ("pipeline.cli.doctor:doctor", "Say what is wrong, and the command that mends it."),
    "config": ("pipeline.cli.config:config", "Check and show the configuration."),
}


@click.group(
    cls=LazyGroup,
    table=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 done, 1 failed, 2 wrong usage, 3 incomplete dump, 4 not a dump, "
    "5 unreadable, 6 configuration, 7 daemon already running, 8 parked, 9 alert not taken, "
    "10 warned, 11 unhealthy, 12 needs root, 13 not trusted, 130 interrupted.",
)
@click.version_option(package_name="panicpipe", message="%(prog)s %(version)s")
@config_option
def cli(config: object) -> None:
    """Prove macOS kernel cores complete as they arrive, zip them for Feedback, and tell you."""


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    sys.exit(call(sys.argv[1:]))


def call(arguments: Sequence[str]) -> int:
    """Run one command line; whatever goes wrong is told and becomes an exit code."""
    output.prepare()
    try:
        code = _invoke(arguments)
        sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (KeyboardInterrupt, click.Abort):
        return ExitCode.INTERRUPTED
    except PanicPipeError as error:
        output.error(str(error))
        return error.exit_code
    except Exception as error:
        if isinstance(error, BrokenPipeError) and _nobody_reads():
            output.silence()
            return ExitCode.FAILED
        _tell_bug(error)
        return ExitCode.FAILED
    return code


def _invoke(arguments: Sequence[str]) -> int:
    # Not cli.main(): it takes any broken pipe, even a worker's, for one of standard output.
    try:
        with cli.make_context("panicpipe", list(arguments)) as context:
            result = cli.invoke(context)
    except click.exceptions.Exit as leaving:
        return leaving.exit_code
    return result if isinstance(result, int) else ExitCode.OK


def _nobody_reads() -> bool:
    poll = select.poll()
    poll.register(sys.stdout, 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _tell_bug(error: Exception) -> None:
    output.error(f"this is a bug; please report it with the lines below: {type(error).__name__}")
    for line in "".join(traceback.format_exception(error)).splitlines():
        click.echo(printable(line), err=True)
