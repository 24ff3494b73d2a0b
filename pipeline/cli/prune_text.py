"""What retention proposes, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.cli import output, tables
from pipeline.display import size
from pipeline.retention.plan import Decision
from pipeline.retention.upkeep import Proposal

_HEAPS = {
    "cores": "Dumps, as kdumpd wrote them",
    "zips": "Made for people",
    "spool": "On its way elsewhere",
}
_COLUMNS = ("", "Dump", "Size", "Age", "File", "Why")
_DAY = 86400


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What came of a proposal."""

    asked: bool = False
    """A running daemon was asked to do it."""
    removed: Sequence[Decision] = ()
    """What was removed without one."""

    @property
    def told(self) -> str | None:
        if self.asked:
            return (
                "The running daemon is asked to do that now, by the rules it was started with; "
                "its log has a line for each file."
            )
        if not self.removed:
            return None
        return (
            f"Removed {_files(len(self.removed))}, {size(_bytes(self.removed))}; the records stay."
        )


def show(proposal: Proposal, now: float) -> None:
    """Print a table for each heap, what is removed first, then what it comes to."""
    if not proposal.decisions:
        output.say("Nothing is kept, so there is nothing to remove.")
        return
    for heap, heading in _HEAPS.items():
        decisions = _of(heap, proposal)
        if decisions:
            output.say(f"{heading}: {_summary(decisions, proposal.free.get(heap))}", "bold")
            tables.show(_COLUMNS, [_row(decision, now) for decision in decisions])
            output.say()
    output.say(_total(proposal.removals))


def _of(heap: str, proposal: Proposal) -> list[Decision]:
    return [each for each in proposal.decisions if each.kept.holding.heap == heap]


def _summary(decisions: Sequence[Decision], free: int | None) -> str:
    removed = [each for each in decisions if each.remove]
    parts = [f"{_files(len(decisions))}, {size(_bytes(decisions))}"]
    if free is not None:
        then = f", then {size(free + _bytes(removed))}" if removed else ""
        parts.append(f"{size(free)} free now{then}")
    return "; ".join(parts)


def _row(decision: Decision, now: float) -> tuple[str, ...]:
    holding = decision.kept.holding
    what, _, why = decision.reason.partition(": ")
    return (
        "remove" if decision.remove else "keep",
        str(holding.dump),
        size(holding.size),
        _age(now - holding.since),
        holding.path,
        why if what in ("removed", "kept") else decision.reason,
    )


def _age(seconds: float) -> str:
    whole = int(max(seconds, 0) // _DAY)
    return f"{whole} day{'' if whole == 1 else 's'}"


def _total(removals: Sequence[Decision]) -> str:
    if not removals:
        return "Nothing is to be removed."
    return f"To be removed: {_files(len(removals))}, {size(_bytes(removals))}."


def _files(count: int) -> str:
    return f"{count} file{'' if count == 1 else 's'}"


def _bytes(decisions: Sequence[Decision]) -> int:
    return sum(each.kept.holding.size for each in decisions)


def value(proposal: Proposal, outcome: Outcome, *, dry_run: bool) -> dict[str, Any]:
    """Return the same as JSON values; times are seconds since the epoch."""
    return {
        "dry_run": dry_run,
        "asked": outcome.asked,
        "removed": [_value(each) for each in outcome.removed],
        "free": dict(proposal.free),
        "remove": [_value(each) for each in proposal.decisions if each.remove],
        "keep": [_value(each) for each in proposal.decisions if not each.remove],
    }


def _value(decision: Decision) -> dict[str, Any]:
    holding = decision.kept.holding
    return {
        "heap": holding.heap,
        "dump": holding.dump,
        "kind": holding.kind,
        "file": holding.path,
        "size": holding.size,
        "since": holding.since,
        "reason": decision.reason,
    }
