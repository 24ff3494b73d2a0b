"""The journal's report for people: what needs them first, the newest first in each section."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.cli import phrases
from pipeline.cli.layout import Entry, Line, Section, sections
from pipeline.display import printable, size
from pipeline.journal.report import Report
from pipeline.journal.rows import DumpRow, LiveRow, OwedAlert, State
from pipeline.model import Verdict

_Limit = int | None


def report_lines(
    report: Report, *, directory: Path, most: _Limit, width: int | None
) -> Iterator[Line]:
    """Lay out the report; `most` entries in those sections that grow for ever."""
    now = time.time()
    if report.alive:
        yield Line("The daemon is running.", "green")
    else:
        yield Line("The daemon is NOT running: start it with `panicpipe run`.", "red")
    if not report.counts.keys() - {State.IGNORED}:
        yield Line("")
        yield Line(f"No dump has come yet. The journal is in {printable(os.fsencode(directory))}.")
    yield from sections(_sections(report, most, now), width)


def _sections(report: Report, most: _Limit, now: float) -> Iterator[Section]:
    flying = [_in_flight(row, live, now) for row, live in report.in_flight]
    yield Section(heading="In flight", entries=flying, style="bold")
    waiting = [_waiting(row, now, alive=report.alive) for row in report.waiting]
    yield _section("Waiting", waiting, most)
    parked = [_parked(row, report) for row in report.parked]
    heading = "Parked: mend the cause, then `panicpipe retry ID`"
    yield Section(heading=heading, entries=parked, style="red")
    owed = [_owed(alert, now, alive=report.alive) for alert in report.owed]
    yield _section("Alerts owed", owed, most)
    done = [_done(row, report) for row in report.done]
    yield _section("Done", done, most, report.counts.get(State.DONE, 0))
    gone = [_gone(row) for row in report.gone]
    total = report.counts.get(State.GONE, 0)
    yield _section("Gone before they were processed", gone, most, total)
    alone = [_left_alone(str(row.id), row.name, row.reason or "") for row in report.ignored]
    alone += [_left_alone("", printable(name), why) for _, name, why in report.passed_over]
    total = report.counts.get(State.IGNORED, 0) + len(report.passed_over)
    yield _section("Left alone: no dumps", alone, most, total)


def _section(
    heading: str, entries: Sequence[Entry], most: _Limit, total: int | None = None
) -> Section:
    shown = entries[:most]
    more = (len(entries) if total is None else total) - len(shown)
    return Section(heading=heading, entries=shown, style="bold", more=more)


def _entry(row: DumpRow, *details: Line) -> Entry:
    return Entry(number=str(row.id), name=row.name, details=[one for one in details if one.text])


def _in_flight(row: DumpRow, live: LiveRow, now: float) -> Entry:
    progress = Line(phrases.progress(live, now), "green")
    return _entry(row, progress, Line(str(live.facts.get("panic", ""))))


def _waiting(row: DumpRow, now: float, *, alive: bool) -> Entry:
    return _entry(row, Line(phrases.waiting(row, now, alive=alive)))


def _parked(row: DumpRow, report: Report) -> Entry:
    asked = Line(f"to be tried again: {phrases.WITH_DAEMON}" if row.id in report.asked else "")
    return _entry(row, Line(row.reason or "", "red"), asked)


def _owed(owed: OwedAlert, now: float, *, alive: bool) -> Entry:
    answer = Line(phrases.owed(owed, now, alive=alive))
    name = f"{owed.alert.event} to {owed.route}"
    return Entry(number=str(owed.dump), name=name, details=[answer])


def _done(row: DumpRow, report: Report) -> Entry:
    found = row.inspection
    parts = [size(row.identity.size), phrases.when(row.ended or row.arrived)]
    if found:
        whole = found.verdict is Verdict.COMPLETE
        parts.insert(0, str(found.verdict) if whole else phrases.judged(found))
    details = [Line(", ".join(parts), phrases.style(found) if found else None)]
    if not row.current:
        details.append(Line(phrases.replaced(report.newer[row.id])))
    if found and found.panic:
        details.append(Line(found.panic.line))
    details.append(Line(phrases.remark(row) or ""))
    details += [Line(made.path) for made in report.artifacts[row.id]]
    return _entry(row, *details)


def _gone(row: DumpRow) -> Entry:
    return _entry(row, Line(f"{phrases.when(row.ended or row.arrived)}, {row.reason or ''}"))


def _left_alone(number: str, name: str, why: str) -> Entry:
    return Entry(number=number, name=f"{name}: {why}", details=[])
