"""`panicpipe status`: what arrives, waits, is done and has failed."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from pipeline.cli import output
from pipeline.cli.options import config_option, json_option
from pipeline.config import state_directory_only
from pipeline.corefile import DumpName
from pipeline.display import duration, printable, size
from pipeline.journal import Journal
from pipeline.journal.report import Report, read_report
from pipeline.journal.rows import DumpRow, LiveRow
from pipeline.state_directory import running

_MOST_DONE = 10
_WATCH_EVERY = 1.0
_CLEAR = "\x1b[H\x1b[2J\x1b[3J"


@click.command()
@click.option("--watch", is_flag=True, help="Show it anew every second, until Ctrl-C.")
@click.option("--all", "everything", is_flag=True, help="Show all that is done, not the last 10.")
@json_option
@config_option
def status(watch: bool, everything: bool, as_json: bool, config: Path | None) -> None:
    """Show what arrives (with per cent and rate), waits, is done and has failed."""
    directory = state_directory_only(config)
    most = -1 if everything else _MOST_DONE
    while True:
        journal = Journal.read(directory)
        try:
            report = read_report(journal, most_done=most)
        finally:
            journal.close()
        alive = running(directory)
        if as_json:
            output.print_json(as_value(report, alive=alive))
        else:
            if watch and sys.stdout.isatty():
                click.echo(_CLEAR, nl=False)
            tell(report, alive=alive, directory=directory)
        if not watch:
            return
        time.sleep(_WATCH_EVERY)


def tell(report: Report, *, alive: bool, directory: Path) -> None:
    """Print the report for a person."""
    if alive:
        output.say("The daemon is running.", "green")
    else:
        output.say("The daemon is NOT running: start it with `panicpipe run`.", "red")
    for heading, headers, rows in _sections(report):
        if rows:
            output.say()
            output.say(heading)
            output.table(headers, rows)
    for line in _remarks(report, directory):
        output.say()
        output.say(line)


def _sections(report: Report) -> Iterator[tuple[str, list[str], list[list[str]]]]:
    yield (
        "In flight",
        ["ID", "Dump", "Now", "Progress", "Rate", "Panic"],
        [_in_flight(row, live) for row, live in report.in_flight],
    )
    yield (
        "Waiting",
        ["ID", "Dump", "Next try", "Why"],
        [[str(row.id), row.name, _next_try(row), row.reason or ""] for row in report.waiting],
    )
    yield (
        "Parked: mend the cause, then `panicpipe retry ID`",
        ["ID", "Dump", "Why"],
        [[str(row.id), row.name, row.reason or ""] for row in report.parked],
    )
    yield (
        "Gone before they were processed",
        ["ID", "Dump", "When"],
        [[str(row.id), row.name, when(row.ended)] for row in report.gone],
    )
    yield (
        "Done",
        ["ID", "When", "Verdict", "Size", "Mac", "Panic", "Zip"],
        [_done(row, report) for row in report.done],
    )
    yield (
        "Left alone: no dumps",
        ["ID", "File", "What it is"],
        [[str(row.id), row.name, row.reason or ""] for row in report.ignored]
        + [["", printable(name), reason] for _, name, reason in report.passed_over],
    )
    yield (
        "Alerts owed",
        ["Dump", "To", "What", "Tries", "Last answer"],
        [
            [str(owed.dump), owed.route, owed.alert.event, str(owed.attempts), owed.error or ""]
            for owed in report.owed
        ],
    )


def _in_flight(row: DumpRow, live: LiveRow) -> list[str]:
    return [
        str(row.id),
        row.name,
        live.phase,
        progress(live),
        f"{size(round(live.rate))}/s" if live.rate else "",
        str(live.facts.get("panic", "")),
    ]


def progress(live: LiveRow) -> str:
    """Per cent where the end is known, bytes where it is not."""
    if not live.total:
        return size(live.bytes) if live.bytes else ""
    return f"{100 * live.done // live.total} % of {size(live.total)}"


def _next_try(row: DumpRow) -> str:
    if row.next_try is None:
        return "soon"
    return f"in {duration(max(row.next_try - time.time(), 0))}"


def _done(row: DumpRow, report: Report) -> list[str]:
    inspection = row.inspection
    panic = inspection.panic if inspection else None
    zips = [made.path for made in report.artifacts[row.id]]
    return [
        str(row.id),
        when(row.ended),
        str(inspection.verdict) if inspection else "",
        size(row.identity.size),
        DumpName.parse(row.raw_name).client or row.name,
        panic.line if panic else "",
        ", ".join(zips),
    ]


def when(moment: float | None) -> str:
    """A time as people here read it."""
    return "" if moment is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))


def _remarks(report: Report, directory: Path) -> Iterator[str]:
    if not any((report.in_flight, report.waiting, report.parked, report.done, report.gone)):
        yield f"No dump has come yet. The journal is in {printable(str(directory))}."


def as_value(report: Report, *, alive: bool) -> dict[str, Any]:
    """Return the report for a program."""
    return {
        "running": alive,
        "in_flight": [
            {
                **_value(row),
                "phase": live.phase,
                "done": live.done,
                "total": live.total,
                "per_cent": 100 * live.done // live.total if live.total else None,
                "bytes": live.bytes,
                "rate": live.rate,
                "facts": dict(live.facts),
            }
            for row, live in report.in_flight
        ],
        "waiting": [{**_value(row), "next_try": row.next_try} for row in report.waiting],
        "parked": [_value(row) for row in report.parked],
        "gone": [_value(row) for row in report.gone],
        "done": [
            {**_value(row), "artifacts": {m.kind: m.path for m in report.artifacts[row.id]}}
            for row in report.done
        ],
        "left_alone": [_value(row) for row in report.ignored]
        + [{"name": printable(name), "reason": why} for _, name, why in report.passed_over],
        "alerts_owed": [
            {"dump": owed.dump, "route": owed.route, "attempts": owed.attempts, "error": owed.error}
            for owed in report.owed
        ],
        "counts": {str(state): count for state, count in report.counts.items()},
    }


def _value(row: DumpRow) -> dict[str, Any]:
    inspection = row.inspection
    return {
        "id": row.id,
        "name": row.name,
        "state": str(row.state),
        "verdict": str(inspection.verdict) if inspection else None,
        "reason": row.reason or (inspection.reason if inspection else None),
        "panic": inspection.panic.line if inspection and inspection.panic else None,
        "size": row.identity.size,
        "client": DumpName.parse(row.raw_name).client,
        "arrived": row.arrived,
        "finished": row.finished,
        "ended": row.ended,
    }
