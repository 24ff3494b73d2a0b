"""What is told of a stage that keeps failing while it is tried again. Pure: rows in, text out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.display import duration, size, utc
from pipeline.journal.rows import StepRow
from pipeline.journal.steps import READ
from pipeline.model import Alert
from pipeline.owing.events import EVENTS
from pipeline.running.ending import Ending, MaybeLine, failure_topic, known, what_happened
from pipeline.running.outcome_facts import dump_facts
from pipeline.running.outcome_lines import panic_lines
from pipeline.running.signature import of_reason

EVENT = "stage.failed"
_MOST_FAILURES = 3
"""In a row: what fails less often may be over before anybody has read of it."""
_LONGEST_PAUSE = 60.0
"""Seconds: a longer one is worth telling, however often it failed."""


@dataclass(frozen=True, kw_only=True)
class Failing:
    """A step that did not succeed, and when it is tried next."""

    ending: Ending
    step: StepRow
    now: float
    next_try: float

    @property
    def failures(self) -> int:
        return self.step.attempts + self.step.deaths

    @property
    def wait(self) -> float:
        return max(self.next_try - self.now, 0.0)

    @property
    def is_news(self) -> bool:
        """Whether people are to be told now, which they are once until it has succeeded."""
        serious = self.failures >= _MOST_FAILURES or self.wait >= _LONGEST_PAUSE
        return serious and self.step.told is None


def failing_alert(failing: Failing) -> Alert:
    """Return the alert about a step that keeps failing."""
    ending, step = failing.ending, failing.step
    row, topic = ending.row, failure_topic(ending.row.id)
    reason = step.error or "for an unknown reason"
    return Alert(
        event=EVENT,
        severity=EVENTS[EVENT],
        what=what_happened(ending, f"{_stage(step)} fails: {reason}"),
        client=ending.client,
        about=ending.about,
        verdict=None if row.inspection is None else row.inspection.verdict,
        lines=known(_lines(failing, reason)),
        facts={
            **dump_facts(ending),
            "panic": row.inspection and row.inspection.panic and row.inspection.panic.line,
            "verdict": row.inspection and str(row.inspection.verdict),
            "stage": step.stage,
            "reason": reason,
            "failures": failing.failures,
            "worker_deaths": step.deaths,
            "next_try": failing.next_try,
            "wait_seconds": failing.wait,
            "announced": row.announced,
            "not_lost": _not_lost(ending),
            "next": _next(ending),
        },
        signature=of_reason(step.stage, reason, row),
        topic=topic,
        supersedes=(topic,),
    )


def _lines(failing: Failing, reason: str) -> Iterator[MaybeLine]:
    ending, step = failing.ending, failing.step
    row = ending.row
    yield "Mac", ending.client
    yield "Stage", _stage(step)
    yield "Reason", reason
    yield "Next try", _next_try(failing)
    yield "Not lost", _not_lost(ending)
    yield "File", f"{row.name}, {size(row.identity.size)}"
    for made in ending.artifacts:
        yield made.kind.capitalize(), f"{made.path}, {size(made.size)}"
    yield "Next", _next(ending)
    if row.inspection is not None:
        yield from panic_lines(row.inspection.panic)
        yield "Verdict", f"{row.inspection.verdict}: {row.inspection.reason}"


def _stage(step: StepRow) -> str:
    return "reading the dump" if step.stage == READ else step.stage


def _next_try(failing: Failing) -> str:
    failed = "failed once" if failing.failures == 1 else f"failed {failing.failures} times"
    if failing.wait < 1:
        return f"at once; {failed} so far"
    at = utc(failing.next_try)
    return ", ".join(filter(None, (f"in {duration(failing.wait)}", at))) + f"; {failed} so far"


def _not_lost(ending: Ending) -> str:
    if ending.row.announced is None:
        return "the dump is kept, and what is done stays done: it goes on where it stopped"
    there = "the zip is there" if ending.has_zip else "what was announced stands"
    return f"{there}; only the archive waits"


def _next(ending: Ending) -> str:
    return (
        "it is tried until it succeeds; mend the cause if it does not pass by itself (details: "
        f"panicpipe show {ending.row.id})"
    )
