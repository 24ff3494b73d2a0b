"""`panicpipe inspect`: what files are, and whether they are whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click

from pipeline import Inspection, Verdict
from pipeline.cli import output, panic_phrases
from pipeline.cli.named_files import opened
from pipeline.cli.options import config_option, json_option
from pipeline.config import inspection_limit
from pipeline.corefile import DEFAULT_MAX_UNCOMPRESSED, DumpName, inspect_descriptor
from pipeline.display import printable, size
from pipeline.errors import ExitCode, UnreadableFile

_STYLES = {Verdict.COMPLETE: "green", Verdict.UNSUPPORTED: "yellow", Verdict.NOT_A_DUMP: "yellow"}
CODES = {
    Verdict.COMPLETE: ExitCode.OK,
    Verdict.TRUNCATED: ExitCode.INCOMPLETE,
    Verdict.DAMAGED: ExitCode.INCOMPLETE,
    Verdict.EMPTY: ExitCode.INCOMPLETE,
    Verdict.UNSUPPORTED: ExitCode.NOT_A_DUMP,
    Verdict.NOT_A_DUMP: ExitCode.NOT_A_DUMP,
}


@dataclass(frozen=True)
class Answer:
    """What one file is, or why it cannot be read."""

    file: str
    name: DumpName
    inspection: Inspection | None = None
    error: str | None = None

    @property
    def exit_code(self) -> ExitCode:
        return CODES[self.inspection.verdict] if self.inspection else ExitCode.UNREADABLE


@click.command()
@click.argument(
    "files", metavar="FILE...", nargs=-1, required=True, type=click.Path(readable=False)
)
@config_option
@json_option
def inspect(files: tuple[str, ...], config: Path | None, as_json: bool) -> int:
    """Say what files are and whether they are whole.

    Exit code: 0 when all are complete, 3 when one is truncated, damaged or empty, 4 when one is
    no dump or of an unsupported kind, 5 when one cannot be read; the highest of these counts.
    """
    limit = inspection_limit(DEFAULT_MAX_UNCOMPRESSED, config)
    code = ExitCode.OK
    for place, file in enumerate(files):
        answer = _inspected(file, limit)
        code = max(code, answer.exit_code)
        if as_json:
            output.print_json(_json(answer))
        else:
            _show(answer, first=place == 0)
    return code


def _inspected(file: str, limit: int) -> Answer:
    raw = os.fsencode(file)
    shown, name = printable(raw), DumpName.parse(os.path.basename(raw))
    try:
        with opened(raw) as fd, output.progress(shown, os.fstat(fd).st_size) as progress:
            found = inspect_descriptor(fd, name=name, max_uncompressed=limit, progress=progress)
    except UnreadableFile as error:
        return Answer(shown, name, error=str(error))
    except OSError as error:
        return Answer(shown, name, error=f"{shown}: {error.strerror or error}")
    return Answer(shown, name, found)


def _show(answer: Answer, *, first: bool) -> None:
    if answer.inspection is None:
        output.error(answer.error or answer.file)
        return
    if not first:
        output.say()
    output.say(answer.file)
    style = _STYLES.get(answer.inspection.verdict, "red")
    output.fields(_rows(answer.inspection, answer.name), style)


def _rows(found: Inspection, name: DumpName) -> Iterator[tuple[str, str | None]]:
    yield "Verdict", found.verdict
    yield "Reason", found.reason
    yield "Likely cause", found.cause
    yield "Kind", f"{found.kind}, {found.encoding}"
    yield "Mac", name.client
    yield "Architecture", found.architecture
    yield "Kernel UUID", found.uuid
    yield "Version", found.version or (name.xnu_version and f"xnu-{name.xnu_version} (by its name)")
    yield from panic_phrases.system(found)
    if found.panic:
        yield from panic_phrases.panic(found.panic)
    yield "File size", _bytes(found.file_size)
    if CODES[found.verdict] is ExitCode.INCOMPLETE:
        yield "Good up to", _bytes(found.good_size)
    yield "Inflated size", _bytes(found.uncompressed_size)
    yield "Expected size", _bytes(found.expected_size)
    yield "SHA-256", found.sha256


def _bytes(count: int | None) -> str | None:
    if count is None or count < 1024:
        return count if count is None else size(count)
    return f"{size(count)} ({count} bytes)"


def _json(answer: Answer) -> dict[str, Any]:
    found = answer.inspection
    if found is None:
        return {"file": answer.file, "error": answer.error}
    return {
        "file": answer.file,
        "verdict": found.verdict,
        "reason": found.reason,
        "check": found.check,
        "cause": found.cause,
        "kind": found.kind,
        "encoding": found.encoding,
        "architecture": found.architecture,
        "uuid": found.uuid,
        "version": found.version,
        "panic": found.panic and found.panic.line,
        "panic_report": found.panic and asdict(found.panic),
        "file_size": found.file_size,
        "good_size": found.good_size,
        "uncompressed_size": found.uncompressed_size,
        "expected_size": found.expected_size,
        "sha256": found.sha256,
        "client": answer.name.client,
        "xnu_version": answer.name.xnu_version,
    }
