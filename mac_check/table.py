"""The results as one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from mac_check.result import Check, Outcome, Result
from pipeline.display import one_line

_LONGEST = 400


def line(check: Check, result: Result, width: int) -> str:
    """Lay out one row; `width` is that of the first column."""
    return f"{check.name:{width}}  {result.outcome:10}  {one_line(result.seen, _LONGEST)}"


def summary(results: Sequence[Result]) -> Iterator[str]:
    """Count the outcomes, and say what sudo would add."""
    counts = Counter(result.outcome for result in results)
    yield ", ".join(f"{counts[outcome]} {outcome}" for outcome in Outcome if counts[outcome])
    if counts[Outcome.NEEDS_ROOT]:
        yield "With sudo: launchd's verbs on a job of a moment, the role account, all of lsof."
