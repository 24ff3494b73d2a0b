"""`panicpipe process`: the whole chain for files that somebody names, now."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output
from pipeline.cli.inspect import CODES
from pipeline.cli.named_files import opened
from pipeline.cli.options import config_option, json_option
from pipeline.display import printable, size
from pipeline.errors import ExitCode, UnreadableFile
from pipeline.journal.rows import OPEN_STATES, State
from pipeline.one_shot import OneShot, Processed


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=bytes, readable=False))
@click.option(
    "--output",
    "directory",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Put the zips there instead of in the configured directory.",
)
@json_option
@config_option
def process(
    files: Sequence[bytes], directory: Path | None, as_json: bool, config: Path | None
) -> int:
    """Process FILES now, as any user who can read them: verdict, zip, and what else is configured.

    Needs no daemon, sends no alerts and leaves the files where they are.
    """
    return asyncio.run(_process(files, directory, as_json, config))


async def _process(
    files: Sequence[bytes], directory: Path | None, as_json: bool, config: Path | None
) -> int:
    from pipeline.config import load
    from pipeline.one_shot import into

    settings = load(config)
    chain = settings.stages if directory is None else into(directory.absolute(), settings.stages)
    work = OneShot(settings, chain)
    try:
        return max([await _one(work, path, as_json) for path in files])
    finally:
        await work.stop()


async def _one(work: OneShot, path: bytes, as_json: bool) -> ExitCode:
    try:
        with opened(path) as fd:
            processed = await _processed(work, path, fd)
    except UnreadableFile as error:
        if as_json:
            output.print_json({"file": printable(path), "error": str(error)})
        output.error(str(error))
        return error.exit_code
    if as_json:
        output.print_json(_as_json(path, processed))
    else:
        _tell(path, processed)
    return _exit_code(processed)


async def _processed(work: OneShot, path: bytes, fd: int) -> Processed:
    name = os.path.basename(path)
    with output.progress(printable(name), os.fstat(fd).st_size) as show:
        if show is None:
            return await work.process(name, fd, None)
        return await work.process(name, fd, lambda _phase, done, total: show(done, total))


def _tell(path: bytes, processed: Processed) -> None:
    row = processed.row
    if row.inspection is not None:
        output.say(f"{printable(path)}: {row.inspection.verdict}: {row.inspection.reason}")
        if row.inspection.panic is not None:
            output.say(f"  {row.inspection.panic.line}")
    for made in processed.artifacts:
        output.say(f"  {made.kind}: {made.path}, {size(made.size)}")
    if row.reason and row.state is not State.IGNORED:
        output.say(f"  {row.reason}")


def _as_json(path: bytes, processed: Processed) -> dict[str, Any]:
    row = processed.row
    return {
        "file": printable(path),
        "state": "failed" if row.state in OPEN_STATES else str(row.state),
        "verdict": None if row.inspection is None else str(row.inspection.verdict),
        "reason": row.reason or (row.inspection.reason if row.inspection else None),
        "panic": row.inspection.panic.line if row.inspection and row.inspection.panic else None,
        "artifacts": {made.kind: made.path for made in processed.artifacts},
    }


def _exit_code(processed: Processed) -> ExitCode:
    row = processed.row
    if row.state is State.PARKED:
        return ExitCode.PARKED
    if row.state in OPEN_STATES or row.inspection is None:
        return ExitCode.FAILED
    return CODES[row.inspection.verdict]
