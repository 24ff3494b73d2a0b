"""One dump's record for people."""

from __future__ import annotations

import time
from collections.abc import Iterator

from pipeline.cli import alert_phrases, panic_phrases, phrases
from pipeline.cli.findings import findings, places
from pipeline.cli.layout import Line, fields
from pipeline.corefile import DumpName
from pipeline.display import duration, size
from pipeline.journal.record import Record
from pipeline.journal.rows import OPEN_STATES, DumpRow, LiveRow, OwedAlert, State, StepRow
from pipeline.model import Inspection
from pipeline.running.advice import next_step

_Rows = Iterator[tuple[str, str | None]]


def record_lines(record: Record, *, width: int | None) -> Iterator[Line]:
    """Lay out what is known of the dump, then its steps, then its alerts."""
    now = time.time()
    yield from fields(_facts(record, now), width)
    if record.steps:
        yield Line("")
        yield Line("Steps", "bold")
        yield from fields(_steps(record), width)
    if record.alerts:
        yield Line("")
        yield Line("Alerts", "bold")
        alerts = ((f"  {owed.route}", _alert(owed, record, now)) for owed in record.alerts)
        yield from fields(alerts, width)


def _facts(record: Record, now: float) -> _Rows:
    row = record.row
    yield "Dump", f"{row.id}: {row.name}"
    yield "State", _state(record, now)
    yield (
        "Next",
        next_step(row, record.artifacts) if row.current else phrases.replaced(record.newer),
    )
    for made in record.artifacts:
        yield made.kind.capitalize(), made.path
    for url in places(record.steps):
        yield "Archived at", url
    yield from _removed(record)
    if row.inspection is not None:
        yield from _verdict(row.inspection)
    yield "Mac", DumpName.parse(row.raw_name).client
    if row.inspection is not None:
        yield from _origin(row.inspection)
    elif record.live is not None:
        yield from _known_so_far(record.live)
    yield "Size", size(row.identity.size)
    yield from _history(row)
    yield from _used_up(record)


def _removed(record: Record) -> _Rows:
    """What was made, and the dump itself, where a rule has taken them."""
    row = record.row
    for made in record.removed:
        if made.released_by is None:
            text = phrases.not_kept(made.removed, made.removed_why)
            yield made.kind.capitalize(), f"{text} ({made.name})"
    if row.removed_why is not None:
        yield "Dump file", phrases.not_kept(row.removed, row.removed_why)


def _used_up(record: Record) -> _Rows:
    """What was only on its way: whoever asks where a dump is must not take it for the dump."""
    for made in record.removed:
        if made.released_by is not None:
            why = made.removed_why or f"released by {made.released_by}"
            yield "Work file", f"{made.name}, {phrases.not_kept(made.removed, why)}"


def _state(record: Record, now: float) -> str:
    row = record.row
    if record.live is not None:
        return phrases.progress(record.live, now)
    if row.state is State.ARCHIVING:
        tried = max((step.attempts + step.deaths for step in _unfinished(record)), default=0)
        text = phrases.archiving(row, None, tried, now, alive=record.alive)
        return f"announced, to be archived: {text}"
    if row.state in OPEN_STATES:
        return f"waiting: {phrases.waiting(row, now, alive=record.alive)}"
    reason = phrases.remark(row)
    text = f"{row.state}: {reason}" if reason else str(row.state)
    if row.state is State.PARKED and row.announced is not None:
        return f"{text}; it was announced, only the archive waits"
    return text


def _unfinished(record: Record) -> Iterator[StepRow]:
    return (step for step in record.steps if step.state != "done")


def _verdict(found: Inspection) -> _Rows:
    yield "Verdict", phrases.judged(found)
    yield "Cause", str(found.cause) if found.cause else None
    if found.panic is not None:
        yield from panic_phrases.panic(found.panic)


def _origin(found: Inspection) -> _Rows:
    yield "Kind", f"{found.kind}, {found.encoding}"
    yield "Architecture", found.architecture
    yield "Kernel", found.version
    yield "Kernel UUID", found.uuid
    yield from panic_phrases.system(found)
    if found.uncompressed_size is not None:
        yield "Inflated", size(found.uncompressed_size)
    yield "SHA-256", found.sha256


def _known_so_far(live: LiveRow) -> _Rows:
    for label, key in (
        ("Panic", "panic"),
        ("Kind", "kind"),
        ("Architecture", "architecture"),
        ("Kernel", "version"),
        ("Kernel UUID", "uuid"),
    ):
        known = live.facts.get(key)
        yield label, None if known is None else str(known)


def _history(row: DumpRow) -> _Rows:
    if row.previous is not None:
        yield "Revision", f"{row.revision}: the file of dump {row.previous}, which has changed"
    if row.reuses is not None:
        yield "Name", f"was used before, by dump {row.reuses}"
    yield "First seen", phrases.when(row.arrived)
    if row.finished is not None:
        took = duration(row.finished - row.arrived)
        yield "Transfer", f"took {took}, until {phrases.when(row.finished)}: {row.finish}"
    if row.announced is not None and row.announced != row.ended:
        yield "Announced", phrases.when(row.announced)
    if row.ended is not None:
        yield "Ended", phrases.when(row.ended)


def _steps(record: Record) -> _Rows:
    for step in record.steps:
        yield f"  {step.stage}", _step(step)
        for found in findings(step):
            yield "", found


def _step(step: StepRow) -> str:
    parts = [] if step.finished is None else [f"done, {phrases.when(step.finished)}"]
    if step.attempts:
        parts.append(f"failed {phrases.times(step.attempts)}")
    if step.deaths:
        parts.append(f"its worker died {phrases.times(step.deaths)}")
    text = ", ".join(parts) or step.state
    remark = step.ends or step.error
    return f"{text}: {remark}" if remark else text


def _alert(owed: OwedAlert, record: Record, now: float) -> str:
    rest = record.rests.get(owed.route, 0.0)
    how = alert_phrases.story(owed, now, alive=record.alive, rest=rest)
    return f"{owed.alert.event}, {how}"
