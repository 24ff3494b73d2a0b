"""`panicpipe show`: all that is known of one dump."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import msgspec

from pipeline.cli import output
from pipeline.cli.options import config_option, json_option
from pipeline.cli.status import progress, when
from pipeline.config import state_directory_only
from pipeline.corefile import DumpName
from pipeline.display import duration, size
from pipeline.errors import PanicPipeError
from pipeline.journal import Journal
from pipeline.journal.rows import DumpRow, LiveRow, OwedAlert, StepRow
from pipeline.model import Artifact, Inspection


@click.command()
@click.argument("number", metavar="ID", type=click.IntRange(min=1))
@json_option
@config_option
def show(number: int, as_json: bool, config: Path | None) -> None:
    """Show all that is known of dump ID: verdict, facts, steps, files, alerts."""
    journal = Journal.read(state_directory_only(config))
    try:
        with journal.snapshot():
            row = journal.dumps.find(number)
            if row is None:
                raise PanicPipeError(f"there is no dump {number}; see `panicpipe status --all`")
            steps = list(journal.steps.of(number).values())
            artifacts = journal.steps.artifacts(number)
            alerts = journal.outbox.of(number)
            live = journal.live.all().get(number)
    finally:
        journal.close()
    if as_json:
        output.print_json(_as_value(row, steps, artifacts, alerts))
        return
    output.fields(_lines(row, live, artifacts))
    _tell_steps(steps)
    _tell_alerts(alerts)


def _lines(
    row: DumpRow, live: LiveRow | None, artifacts: list[Artifact]
) -> Iterator[tuple[str, str | None]]:
    yield "Dump", f"{row.id}: {row.name}"
    yield "State", f"{row.state}{f': {row.reason}' if row.reason else ''}"
    if live is not None:
        yield "Now", f"{live.phase} {progress(live)}"
    yield "Mac", DumpName.parse(row.raw_name).client
    yield "Revision", f"{row.revision}, after dump {row.previous}" if row.previous else None
    yield "Name used before by", f"dump {row.reuses}" if row.reuses else None
    yield "Size", size(row.identity.size)
    if row.inspection is not None:
        yield from _inspection(row.inspection)
    yield "First seen", when(row.arrived)
    if row.finished is not None:
        took = duration(row.finished - row.arrived)
        yield "Transfer", f"over at {when(row.finished)}, took {took}: {row.finish}"
    if row.ended is not None:
        yield "Ended", when(row.ended)
    if row.next_try is not None and row.ended is None:
        yield "Next try", f"in {duration(row.next_try - time.time())}"
    for made in artifacts:
        yield made.kind.capitalize(), f"{made.path}, {size(made.size)}"


def _inspection(found: Inspection) -> Iterator[tuple[str, str | None]]:
    yield "Verdict", f"{found.verdict}: {found.reason}"
    yield "Likely cause", str(found.cause) if found.cause else None
    yield "Kind", f"{found.kind}, {found.encoding}"
    yield "Architecture", found.architecture
    yield "Kernel", found.version
    yield "Kernel UUID", found.uuid
    if found.panic is not None:
        yield "Panic", found.panic.line
        yield "Kexts in backtrace", ", ".join(found.panic.kexts) or None
        yield "Process", found.panic.process
        yield "macOS build", found.panic.os_version
    yield "Uncompressed", size(found.uncompressed_size) if found.uncompressed_size else None
    yield "SHA-256", found.sha256


def _tell_steps(steps: list[StepRow]) -> None:
    if steps:
        output.say()
        rows = [
            [
                step.stage,
                step.state,
                when(step.finished),
                f"{step.attempts} failed, {step.deaths} died" if step.error else "",
                step.error or step.ends or "",
            ]
            for step in steps
        ]
        output.table(["Step", "State", "When", "Tries", "Remark"], rows)


def _tell_alerts(alerts: list[OwedAlert]) -> None:
    if alerts:
        output.say()
        rows = [
            [
                a.route,
                a.alert.event,
                when(a.sent) or "owed" if not a.dropped else "dropped",
                a.dropped or a.error or "",
            ]
            for a in alerts
        ]
        output.table(["Alert to", "What", "Sent", "Remark"], rows)


def _as_value(
    row: DumpRow, steps: list[StepRow], artifacts: list[Artifact], alerts: list[OwedAlert]
) -> Any:
    value = msgspec.to_builtins(row)
    del value["raw_name"]
    value["name"] = row.name
    value["client"] = DumpName.parse(row.raw_name).client
    value["steps"] = msgspec.to_builtins(steps)
    value["artifacts"] = msgspec.to_builtins(artifacts)
    value["alerts"] = msgspec.to_builtins(alerts)
    return value
