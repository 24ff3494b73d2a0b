"""Runs every check at the same time, and waits for none too long.

A check that raises, or does not come back, is a finding itself: the others are told all the same.
"""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TypeVar

from pipeline.display import duration, one_line
from pipeline.machine import Finding, Level

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Check:
    """Something that finds out about one subject."""

    name: str
    """What its findings' names begin with, such as `server`."""
    look: Callable[[], Iterable[Finding]]


@dataclass
class _Outcome:
    """What one check has told so far."""

    findings: list[Finding] = field(default_factory=list)
    bug: str | None = None
    thread: threading.Thread | None = None


@dataclass(frozen=True, kw_only=True)
class Examined:
    """What became of one check."""

    check: Check
    findings: tuple[Finding, ...]
    bug: str | None
    """The traceback, where it failed itself; or that it did not come back."""


def examine(checks: Sequence[Check], seconds: float) -> list[Examined]:
    """Carry out all of them, within so many seconds in all; in the order given."""
    end = time.monotonic() + seconds
    outcomes = [_started(check) for check in checks]
    for outcome in outcomes:
        if outcome.thread is not None:
            outcome.thread.join(max(end - time.monotonic(), 0))
    return [_examined(*pair, seconds) for pair in zip(checks, outcomes, strict=True)]


def _started(check: Check) -> _Outcome:
    outcome = _Outcome()

    def look() -> None:
        try:
            for finding in check.look():
                outcome.findings.append(finding)
        except Exception as error:  # a bug in one check must not keep the others from telling
            outcome.findings.append(_failed(check, error))
            outcome.bug = "".join(traceback.format_exception(error))

    outcome.thread = threading.Thread(target=look, daemon=True)
    outcome.thread.start()
    return outcome


def _examined(check: Check, outcome: _Outcome, seconds: float) -> Examined:
    findings, bug = tuple(outcome.findings), outcome.bug
    if outcome.thread is not None and outcome.thread.is_alive():
        what = f"this check did not end within {duration(seconds)}; the rest of it is not known"
        findings = (*findings, _unknown(check, what))
        bug = f"{check.name}: {what}"
    return Examined(check=check, findings=findings, bug=bug)


def _failed(check: Check, error: Exception) -> Finding:
    return _unknown(
        check, f"this check failed: {type(error).__name__}: {one_line(str(error), 200)}"
    )


def _unknown(check: Check, what: str) -> Finding:
    return Finding(check=f"{check.name}.failed", level=Level.UNKNOWN, what=what)


def within(seconds: float, work: Callable[[], T]) -> T:
    """Return what it comes to; TimeoutError where it takes longer, and whatever it raises."""
    outcome: Future[T] = Future()

    def run() -> None:
        try:
            outcome.set_result(work())
        except BaseException as error:
            outcome.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return outcome.result(seconds)
