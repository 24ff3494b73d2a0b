"""What is told about a dump when the work on it has ended. Pure: rows in, text out."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.display import one_line, size
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Alert, Inspection, Verdict
from pipeline.owing.events import EVENTS
from pipeline.running.advice import remarks
from pipeline.running.ending import (
    Ending,
    failure_topic,
    known,
    transfer_topic,
    what_happened,
)
from pipeline.running.outcome_facts import outcome_facts
from pipeline.running.outcome_lines import outcome_lines
from pipeline.running.signature import of_outcome

_EVENTS = {
    Verdict.COMPLETE: "dump.complete",
    Verdict.TRUNCATED: "dump.incomplete",
    Verdict.DAMAGED: "dump.damaged",
    Verdict.EMPTY: "dump.empty",
    Verdict.UNSUPPORTED: "dump.unsupported",
}


def alert_for(ending: Ending) -> Alert | None:
    """Return the alert that this outcome deserves; None for a file that is no dump."""
    row, event = ending.row, _event(ending.row)
    if event is None:
        return None
    return Alert(
        event=event,
        severity=EVENTS[event],
        what=what_happened(ending, _what(row)),
        client=ending.client,
        about=ending.about,
        verdict=None if row.inspection is None else row.inspection.verdict,
        lines=known(outcome_lines(ending)),
        remarks=tuple(_remarks(ending)),
        facts=outcome_facts(ending),
        signature=of_outcome(row),
        # Parked is not the end: whoever takes it up again makes that old news.
        topic=failure_topic(row.id) if row.state is State.PARKED else None,
        supersedes=(transfer_topic(row.id), failure_topic(row.id)),
    )


def summary(ending: Ending) -> str:
    """Return the outcome as one line of a log."""
    row = ending.row
    parts = [str(row.state)]
    if row.inspection is not None:
        parts.append(f"{row.inspection.verdict}, {size(row.identity.size)}")
        if row.inspection.panic is not None:
            parts.append(row.inspection.panic.line)
    parts += [f"{made.kind}: {made.path}" for made in ending.artifacts]
    if row.reason:
        parts.append(row.reason)
    return "; ".join([*map(one_line, parts), *_remarks(ending)])


def _event(row: DumpRow) -> str | None:
    if row.state is State.PARKED:
        return "dump.parked"
    if row.state is State.GONE:
        return "dump.gone"
    if row.state is not State.DONE or row.inspection is None:
        return None
    return _EVENTS.get(row.inspection.verdict)


def _what(row: DumpRow) -> str:
    if row.state is State.PARKED:
        return "archiving stopped, needs you" if row.announced else "dump parked, needs you"
    if row.state is State.GONE:
        done = "archived" if row.announced else "processed"
        return f"dump disappeared before it was {done}"
    return _verdict_title(row.inspection)


def _verdict_title(found: Inspection | None) -> str:
    if found is None:
        return "dump"
    return {
        Verdict.COMPLETE: f"{found.kind} complete",
        Verdict.TRUNCATED: f"{found.kind} incomplete",
        Verdict.DAMAGED: f"{found.kind} damaged",
        Verdict.EMPTY: "empty dump",
        Verdict.UNSUPPORTED: "dump of an unsupported kind",
        Verdict.NOT_A_DUMP: "no dump",
    }[found.verdict]


def _remarks(ending: Ending) -> Iterator[str]:
    return remarks(ending.row, generated_name=ending.generated_name)
