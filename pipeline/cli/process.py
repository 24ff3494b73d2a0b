"""`panicpipe process`: the whole chain for files that somebody names, now."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output, phrases
from pipeline.cli.bar import bar
from pipeline.cli.directories import outlook
from pipeline.cli.findings import places
from pipeline.cli.inspect import CODES
from pipeline.cli.layout import Line, wrapped
from pipeline.cli.named_files import opened
from pipeline.cli.options import config_option, json_option
from pipeline.display import printable, size
from pipeline.errors import ConfigError, ExitCode, UnreadableFile
from pipeline.journal.rows import OPEN_STATES, State
from pipeline.one_shot import OneShot, Processed
from pipeline.plugin import FileStage, Stage
from pipeline.registry.discovery import Built

_MARGIN = "  "
_Chain = Sequence[Built[Stage]]


@click.command()
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=bytes, readable=False),
)
@click.option(
    "--output",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path, readable=False),
    help="Put what is made there instead of in the configured directories.",
)
@json_option
@config_option
def process(
    files: Sequence[bytes], directory: Path | None, as_json: bool, config: Path | None
) -> int:
    """Process files now, as any user who can read them: verdict, zip, and what else is configured.

    Needs no daemon, sends no alerts and leaves the files where they are.

    Exit code: 0 when all are complete and processed, 3 when one is incomplete, 4 when one is no
    dump, 5 when one cannot be read, 8 when a stage refused one, 1 when a stage failed; the highest
    of these counts.
    """
    try:
        return asyncio.run(_process(files, directory, as_json, config))
    except asyncio.CancelledError:
        return ExitCode.INTERRUPTED


async def _process(
    files: Sequence[bytes], directory: Path | None, as_json: bool, config: Path | None
) -> int:
    from pipeline.config import load
    from pipeline.one_shot import into

    _stop_on_signals()
    settings = load(config)
    chain = settings.stages if directory is None else into(_absolute(directory), settings.stages)
    _refuse_unusable(chain, "" if directory else "; name another with --output")
    work, code = OneShot(settings, chain), ExitCode.OK
    try:
        for path in files:
            code = max(code, await _one(work, path, as_json))
    finally:
        await work.stop()
    return code


def _stop_on_signals() -> None:
    """Let Ctrl-C, a kill and a closed terminal take away what is half made, and the workers."""
    task = asyncio.current_task()
    assert task is not None  # noqa: S101  we are in it

    def stop() -> None:
        if not task.cancelling():  # once: a second one would cut the tidying short
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup
            asyncio.get_running_loop().add_signal_handler(number, stop)


def _absolute(directory: Path) -> Path:
    try:
        return directory.absolute()
    except FileNotFoundError:
        shown = printable(os.fsencode(directory))
        raise ConfigError(f"--output {shown}: the current directory is gone") from None


def _refuse_unusable(chain: _Chain, advice: str) -> None:
    """Say so before anything is read: reading alone may take minutes."""
    for stage in chain:
        if isinstance(stage.plugin, FileStage) and stage.plugin.directory is not None:
            found = outlook(stage.plugin.directory)
            if not found.usable:
                raise ConfigError(f"{stage.name}: {found.text}{advice}")


async def _one(work: OneShot, path: bytes, as_json: bool) -> ExitCode:
    shown = printable(path)
    try:
        with opened(path) as fd, bar(printable(os.path.basename(path))) as show:
            processed = await work.process(os.path.basename(path), fd, show)
    except UnreadableFile as error:
        if as_json:
            output.print_json({"file": shown, "error": str(error)})
        output.error(str(error))
        return error.exit_code
    if as_json:
        output.print_json(_value(shown, processed))
    else:
        _tell(shown, processed)
    if processed.failure:
        output.error(f"{shown}: {processed.failure}")
    return _exit_code(processed)


def _tell(shown: str, processed: Processed) -> None:
    if processed.row.id > 1:
        output.say()
    output.say(shown)
    for detail in _details(processed):
        for line in wrapped(detail, _MARGIN, _MARGIN, output.width()):
            output.say(line.text, line.style)


def _details(processed: Processed) -> list[Line]:
    row, lines = processed.row, []
    if row.inspection is not None:
        lines.append(Line(phrases.judged(row.inspection), phrases.style(row.inspection)))
        if row.inspection.panic is not None:
            lines.append(Line(row.inspection.panic.line))
    if row.state is State.DONE and (remark := phrases.remark(row)):
        lines.append(Line(remark))
    made = (f"{one.kind}: {one.path}, {size(one.size)}" for one in processed.artifacts)
    archived = (f"archived at {url}" for url in places(processed.steps))
    return [*lines, *map(Line, made), *map(Line, archived)]


def _value(shown: str, processed: Processed) -> dict[str, Any]:
    row = processed.row
    found = row.inspection
    return {
        "file": shown,
        "state": "failed" if row.state in OPEN_STATES else str(row.state),
        "verdict": None if found is None else str(found.verdict),
        "reason": row.reason or (found.reason if found else None),
        "panic": found.panic.line if found and found.panic else None,
        "artifacts": {made.kind: made.path for made in processed.artifacts},
        "archives": list(places(processed.steps)),
    }


def _exit_code(processed: Processed) -> ExitCode:
    row = processed.row
    if row.state is State.PARKED:
        return ExitCode.PARKED
    if row.state in OPEN_STATES or row.inspection is None:
        return ExitCode.FAILED
    return CODES[row.inspection.verdict]
