"""One rule applied to one heap. Pure: what is there goes in, what is to happen comes out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline import Holding, Removal
from pipeline.display import size
from pipeline.stages.retention_rule import Rule, days

_DAY = 86400.0


def decide(
    rules: Mapping[str, Rule],
    holdings: Sequence[Holding],
    free: Mapping[str, int | None],
    now: float,
) -> list[Removal]:
    """Explain every holding: in each heap what is safest to remove first, then the oldest.

    Only what age and size have not freed anywhere on a volume is freed for the sake of room.
    """
    shelves = {heap: _by_age_and_size(heap, rule, holdings, now) for heap, rule in rules.items()}
    soon: dict[int, int] = {}  # bytes that will be free on a volume, by what is free there now
    for heap, shelf in shelves.items():
        _count(soon, free.get(heap), shelf)
    removals = []
    for heap, rule in rules.items():
        room = free.get(heap)
        shelf = _for_room(shelves[heap], rule, None if room is None else soon[room])
        if room is not None:
            soon[room] += _bytes_removed(shelf) - _bytes_removed(shelves[heap])
        removals += [each.removal for each in shelf]
    return removals


def _count(soon: dict[int, int], room: int | None, shelf: Sequence[_Decided]) -> None:
    if room is not None:
        soon[room] = soon.get(room, room) + _bytes_removed(shelf)


def _bytes_removed(shelf: Sequence[_Decided]) -> int:
    return sum(each.holding.size for each in shelf if each.removal.remove)


def _by_age_and_size(
    heap: str, rule: Rule, holdings: Sequence[Holding], now: float
) -> list[_Decided]:
    ours = sorted((each for each in holdings if each.heap == heap), key=_order)
    if not rule.limits:
        why = f"no rule for {heap}"
        return [_Decided(holding=each, removal=_kept(each, why)) for each in ours]
    return _together([_by_itself(each, rule, now) for each in ours], rule)


def _order(holding: Holding) -> tuple[int, float, int, str, str]:
    """Put first what is missed least: what a complete one came after, then what is archived."""
    replaced = not holding.complete and holding.succeeded
    safe_elsewhere = holding.complete and holding.archived is True
    rank = 0 if replaced else 1 if safe_elsewhere else 2
    return (rank, holding.since, holding.dump, holding.kind, holding.path)


def protections(holding: Holding, rule: Rule) -> Iterator[str]:
    """Say what forbids removing it, whatever its age and however full the volume is."""
    if holding.in_flight:
        yield "it is still being worked on"
        return
    if holding.parked and "parked" not in rule.even:
        yield "parked"
    if not holding.packaged and "unpackaged" not in rule.even:
        yield "no package of it is there"
    if holding.archived is False and "unarchived" not in rule.even:
        yield "not archived yet"
    if not (holding.complete or holding.succeeded or "incomplete" in rule.even):
        yield "incomplete, and no complete one came after it"


@dataclass(frozen=True, kw_only=True)
class _Decided:
    """What is decided about one holding so far."""

    holding: Holding
    is_protected: bool = False
    removal: Removal


def _by_itself(holding: Holding, rule: Rule, now: float) -> _Decided:
    forbidden = ", ".join(protections(holding, rule))
    if forbidden:
        return _Decided(holding=holding, is_protected=True, removal=_kept(holding, forbidden))
    # A clock that was set back makes nothing older than it can be.
    age = max(now - holding.since, 0.0) / _DAY
    limit = rule.max_age_days
    if limit is not None and age >= limit:
        why = f"older than {days(limit)} ({days(age)})" if limit else "max_age_days is 0"
        return _Decided(holding=holding, removal=_removed(holding, why))
    return _Decided(holding=holding, removal=_kept(holding, f"within the rules ({days(age)} old)"))


def _together(decided: Sequence[_Decided], rule: Rule) -> list[_Decided]:
    if rule.most_bytes is None:
        return list(decided)
    total = sum(each.holding.size for each in decided if not each.removal.remove)
    why = f"over {rule.max_total_size} in all ({size(total)}), oldest first"
    return _until(decided, why, total - rule.most_bytes)


def _for_room(decided: Sequence[_Decided], rule: Rule, soon: int | None) -> list[_Decided]:
    if rule.least_free is None:
        return list(decided)
    if soon is None:
        return [_with_a_doubt(each) for each in decided]
    why = f"to keep {rule.keep_free} free ({size(soon)} would be), oldest first"
    return _until(decided, why, rule.least_free - soon)


def _until(decided: Sequence[_Decided], why: str, excess: int) -> list[_Decided]:
    """Remove more, in order, for as long as there is an excess."""
    result = []
    for each in decided:
        can_help = each.holding.size > 0 and not (each.is_protected or each.removal.remove)
        if excess > 0 and can_help:
            excess -= each.holding.size
            each = replace(each, removal=_removed(each.holding, why))
        result.append(each)
    return result


def _with_a_doubt(decided: _Decided) -> _Decided:
    if decided.is_protected or decided.removal.remove:
        return decided
    why = f"{decided.removal.reason}; nobody knows how much is free"
    return replace(decided, removal=replace(decided.removal, reason=why))


def _kept(holding: Holding, why: str) -> Removal:
    return Removal(holding=holding, remove=False, reason=f"kept: {why}")


def _removed(holding: Holding, why: str) -> Removal:
    return Removal(holding=holding, remove=True, reason=f"removed: {why}")
