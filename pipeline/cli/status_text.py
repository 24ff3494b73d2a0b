"""The journal's report for people: what needs them first, the newest first in each section."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from pipeline.cli import alert_phrases, phrases
from pipeline.cli.findings import places, tries, waiting_step
from pipeline.cli.layout import Entry, Line, Section, sections, wrapped
from pipeline.cli.status_head import head
from pipeline.display import printable, size
from pipeline.journal.report import Report
from pipeline.journal.rows import DumpRow, LiveRow, OwedAlert, State

_Limit = int | None
_ON_THE_WAY = frozenset({"archive", "record"})
"""Kinds that only the archive waits for: nobody looks for them before they are there."""


def report_lines(
    report: Report, *, directory: Path, chain: Sequence[str], most: _Limit, width: int | None
) -> Iterator[Line]:
    """Lay out the report; `most` entries in those sections that grow for ever.

    `chain` are the stages as they are configured now.
    """
    now = time.time()
    for line in head(report, directory):
        yield from wrapped(line, "", "", width)
    yield from sections(_sections(report, chain, most, now), width)


def _sections(report: Report, chain: Sequence[str], most: _Limit, now: float) -> Iterator[Section]:
    flying = [_in_flight(row, live, report, now) for row, live in report.in_flight]
    yield Section(heading="In flight", entries=flying, style="bold")
    waiting = [_waiting(row, now, alive=report.alive) for row in report.waiting]
    yield _section("Waiting", waiting, most)
    parked = [_parked(row, report) for row in report.parked]
    heading = "Parked: mend the cause, then `panicpipe retry ID`"
    yield Section(heading=heading, entries=parked, style="red")
    archiving = [_archiving(row, report, chain, now) for row in report.archiving]
    yield _section("To be archived: announced, and what was made is there", archiving, most)
    rests = {row.name: row.not_before for row in report.routes}
    owed = [
        _owed(alert, now, alive=report.alive, rest=rests.get(alert.route, 0.0))
        for alert in report.owed
        if not alert_phrases.waits_for_others(alert)
    ]
    yield _section("Alerts owed: see `panicpipe alert pending`", owed, most)
    done = [_done(row, report) for row in report.done]
    yield _section("Done", done, most, report.counts.get(State.DONE, 0))
    gone = [_gone(row, report) for row in report.gone]
    total = report.counts.get(State.GONE, 0)
    yield _section("Gone before all was done", gone, most, total)
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


def _in_flight(row: DumpRow, live: LiveRow, report: Report, now: float) -> Entry:
    progress = Line(phrases.progress(live, now), "green")
    return _entry(
        row, progress, Line(str(live.facts.get("panic", ""))), *_made(row, report, on_the_way=False)
    )


def _waiting(row: DumpRow, now: float, *, alive: bool) -> Entry:
    return _entry(row, Line(phrases.waiting(row, now, alive=alive)))


def _parked(row: DumpRow, report: Report) -> Entry:
    asked = Line(f"to be tried again: {phrases.WITH_DAEMON}" if row.id in report.asked else "")
    there = Line("announced; only the archive waits" if row.announced else "")
    return _entry(
        row, Line(row.reason or "", "red"), asked, there, *_made(row, report, on_the_way=False)
    )


def _archiving(row: DumpRow, report: Report, chain: Sequence[str], now: float) -> Entry:
    steps = report.steps[row.id]
    step = waiting_step(steps, chain)
    text = phrases.archiving(row, step, tries(steps, step), now, alive=report.alive)
    style = "yellow" if row.reason else None
    return _entry(row, *_verdict(row), Line(text, style), *_made(row, report, on_the_way=False))


def _verdict(row: DumpRow) -> Iterator[Line]:
    if row.inspection is not None:
        yield Line(phrases.verdict(row.inspection), phrases.style(row.inspection))


def _made(row: DumpRow, report: Report, *, on_the_way: bool = True) -> Iterator[Line]:
    """Where people find what was made of an announced dump."""
    for made in report.artifacts.get(row.id, ()):
        if on_the_way or made.kind not in _ON_THE_WAY:
            yield Line(made.path)
    yield from (Line(url) for url in places(report.steps.get(row.id, ())))


def _owed(owed: OwedAlert, now: float, *, alive: bool, rest: float) -> Entry:
    answer = Line(alert_phrases.standing(owed, now, alive=alive, rest=rest))
    name = f"{owed.alert.event} to {owed.route}"
    if owed.dump is None:  # about the machine itself
        return Entry(number="", name=name, details=[Line(owed.alert.title), answer])
    return Entry(number=str(owed.dump), name=name, details=[answer])


def _done(row: DumpRow, report: Report) -> Entry:
    found = row.inspection
    parts = [size(row.identity.size), phrases.when(row.ended or row.arrived)]
    if found:
        parts.insert(0, phrases.verdict(found))
    details = [Line(", ".join(parts), phrases.style(found) if found else None)]
    if not row.current:
        details.append(Line(phrases.replaced(report.newer[row.id])))
    if found and found.panic:
        details.append(Line(found.panic.line))
    details.append(Line(phrases.remark(row) or ""))
    if row.removed is not None:
        details.append(Line(f"dump {phrases.not_kept(row.removed, row.removed_why)}"))
    return _entry(row, *details, *_made(row, report))


def _gone(row: DumpRow, report: Report) -> Entry:
    why = Line(f"{phrases.when(row.ended or row.arrived)}, {row.reason or ''}")
    return _entry(row, why, *_made(row, report))


def _left_alone(number: str, name: str, why: str) -> Entry:
    return Entry(number=number, name=f"{name}: {why}", details=[])
