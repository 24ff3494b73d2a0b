"""What stands at the top of `panicpipe status`: what is not about one dump."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.cli import alert_phrases, phrases
from pipeline.cli.findings import owed_bytes
from pipeline.cli.layout import Line
from pipeline.cli.starting import not_running
from pipeline.display import printable, size
from pipeline.journal.report import Report
from pipeline.journal.rows import State

_DIRECTORY = "server.down:directory"  # as the daemon's ServerWatch calls it


def head(report: Report, directory: Path) -> Iterator[Line]:
    """Whether the daemon runs, what is owed, and whatever needs somebody."""
    if report.alive:
        yield Line("The daemon is running.", "green")
    else:
        yield not_running(directory)
    if owed := _all_owed(report):
        yield Line(f"Owed: {owed}.", "yellow")
    yield from _troubles(report)
    yield from _last_sent(report)
    if not report.counts.keys() - {State.IGNORED}:
        yield Line("")
        yield Line(f"No dump has come yet. The journal is in {printable(os.fsencode(directory))}.")


def _all_owed(report: Report) -> str:
    archives = report.counts.get(State.ARCHIVING, 0)
    parts = [
        f"{phrases.counted(archives, 'dump')} to the archive ({size(owed_bytes(report))})"
        if archives
        else "",
        alert_phrases.summed(report.owed),
    ]
    return ", ".join(filter(None, parts))


def _troubles(report: Report) -> Iterator[Line]:
    for down in report.server_down:
        since = phrases.when(down.since)
        lost = "Dumps can get lost" if down.name == _DIRECTORY else "No dump can come"
        yield Line(f"{lost}: {down.text}, since {since}.", "red")
    for short in report.low_on_room:
        yield Line(f"Little room: {short.text}; see `panicpipe prune --dry-run`.", "red")
    waiting = alert_phrases.per_route(report.owed)
    for row in report.routes:
        if row.failing_since is not None:
            owed = phrases.counted(len(waiting.get(row.name, ())), "alert")
            fails = alert_phrases.failing(row)
            yield Line(f"Alerts to {row.name}: {fails}; {owed} owed.", "red")


def _last_sent(report: Report) -> Iterator[Line]:
    sent = [(row.last_sent, row.name) for row in report.routes if row.last_sent is not None]
    if sent:
        moment, route = max(sent)
        yield Line(f"Last alert sent {phrases.when(moment)}, to {route}.")
