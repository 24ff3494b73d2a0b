"""What is told about a dump when the work on it has ended. Pure: rows in, text out.

All text passes through `one_line` here once more, wherever it came from: an alert's title becomes
a mail header, and its body is read line by line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.display import duration, one_line, size
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Alert, Artifact, Inspection, Line, Severity, Verdict
from pipeline.running.advice import next_step, remarks

_MOST_KEXTS = 8
_LONGEST_TITLE = 120
_EVENTS = {
    Verdict.COMPLETE: "dump.complete",
    Verdict.TRUNCATED: "dump.incomplete",
    Verdict.DAMAGED: "dump.incomplete",
    Verdict.EMPTY: "dump.empty",
    Verdict.UNSUPPORTED: "dump.unsupported",
}
_SEVERITIES = {
    "dump.complete": Severity.NOTICE,
    "dump.parked": Severity.ERROR,
    "dump.gone": Severity.ERROR,
}
MaybeLine = tuple[str, str | None]


@dataclass(frozen=True, kw_only=True)
class Ending:
    """All that an outcome is made of."""

    row: DumpRow
    client: str | None
    generated_name: bool
    """Whether kdumpd's client made the name; any other may be a fixed corename."""
    artifacts: tuple[Artifact, ...]


def alert_for(ending: Ending) -> Alert | None:
    """Return the alert that this outcome deserves; None for a file that is no dump."""
    event = _event(ending.row)
    if event is None:
        return None
    return Alert(
        event=event,
        severity=_SEVERITIES.get(event, Severity.WARNING),
        what=what_happened(ending, _what(ending.row)),
        client=ending.client,
        about=ending.row.name,
        verdict=None if ending.row.inspection is None else ending.row.inspection.verdict,
        lines=known(_lines(ending)),
        remarks=tuple(_remarks(ending)),
        facts=_facts(ending),
    )


def what_happened(ending: Ending, what: str) -> str:
    """Return what a title says after the Mac."""
    again = f" (revision {ending.row.revision})" if ending.row.revision > 1 else ""
    return one_line(f"{what}{again}", _LONGEST_TITLE)


def known(lines: Iterable[MaybeLine]) -> tuple[Line, ...]:
    """Return an alert's lines; one about which nothing is known is left out."""
    return tuple((label, one_line(text)) for label, text in lines if text)


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


def _lines(ending: Ending) -> Iterator[MaybeLine]:
    """What matters most comes first: some services cut a message short."""
    row, found = ending.row, ending.row.inspection
    yield "Mac", ending.client
    if found is not None:
        yield "Panic", None if found.panic is None else found.panic.line
        yield "Verdict", f"{found.verdict}: {found.reason}"
    yield "File", f"{row.name}, {size(row.identity.size)}"
    for made in ending.artifacts:
        yield made.kind.capitalize(), f"{made.path}, {size(made.size)}"
    yield _reason(row)
    yield "Not lost", _left(ending)
    yield "Next", next_step(row, ending.artifacts)
    if row.finished is not None:
        yield "Transfer", f"took {duration(row.finished - row.arrived)}; {row.finish}"
        if row.ended is not None:
            yield "Processing", f"took {duration(row.ended - row.finished)}"
    if found is not None:
        yield from _details(found)


def _left(ending: Ending) -> str | None:
    """Say what an announced dump's readers still have, where the rest went wrong."""
    row = ending.row
    if row.announced is None or row.state not in (State.PARKED, State.GONE):
        return None
    has_zip = any(made.kind == "zip" for made in ending.artifacts)
    there = "the zip is there" if has_zip else "what was announced stands"
    waits = "only the archive waits" if row.state is State.PARKED else "only the archive is not"
    return f"{there}; {waits}"


def _reason(row: DumpRow) -> MaybeLine:
    known = "" if row.inspection is None else row.inspection.reason
    if row.state is State.DONE:
        # A stage that leaves a file alone gives the verdict's words, which stand there already.
        ended = None if known and (row.reason or "").startswith(known) else row.reason
        return "Ended early", ended
    return "Reason", row.reason


def _details(found: Inspection) -> Iterator[MaybeLine]:
    if found.panic is not None:
        yield "Kexts in backtrace", ", ".join(found.panic.kexts[:_MOST_KEXTS])
        yield "Process", found.panic.process
        yield "macOS build", found.panic.os_version
    yield "Architecture", found.architecture
    yield "Kernel", found.version
    yield "Kernel UUID", found.uuid


def _remarks(ending: Ending) -> Iterator[str]:
    return remarks(ending.row, generated_name=ending.generated_name)


def _facts(ending: Ending) -> dict[str, object]:
    row, found = ending.row, ending.row.inspection
    facts: dict[str, object] = {
        "id": row.id,
        "name": row.name,
        "revision": row.revision,
        "client": ending.client,
        "state": str(row.state),
        "size": row.identity.size,
        "arrived": row.arrived,
        "finished": row.finished,
        "ended": row.ended,
        "reason": row.reason,
        "next": next_step(row, ending.artifacts),
        "artifacts": {made.kind: made.path for made in ending.artifacts},
    }
    if found is not None:
        facts |= {
            "verdict": str(found.verdict),
            "verdict_reason": found.reason,
            "cause": None if found.cause is None else str(found.cause),
            "panic": None if found.panic is None else found.panic.line,
            "kind": str(found.kind),
            "architecture": found.architecture,
            "version": found.version,
            "uuid": found.uuid,
            "sha256": found.sha256,
        }
    return facts
