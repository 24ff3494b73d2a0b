"""What the retain stage decides: limits, their order, and what no limit may take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import Holding, Removal, Verdict
from pipeline.stages.retain import Retain
from pipeline.stages.retention_rule import Rule, Word, days
from tests.retention.holdings import DAY, GB, NOW, holding
from tests.stages.dumps import raw_dump
from tests.stages.workspace import DirectoryWorkspace

EVERY_LIMIT: dict[str, Any] = {"max_age_days": 1, "max_total_size": 1, "keep_free": "1 PB"}
WORDS: tuple[Word, ...] = ("incomplete", "parked", "unpackaged", "unarchived")
PROTECTED: dict[str, tuple[dict[str, Any], str]] = {
    "parked": ({"parked": True}, "kept: parked"),
    "unpackaged": ({"packaged": False}, "kept: no package of it is there"),
    "unarchived": ({"archived": False}, "kept: not archived yet"),
    "incomplete": (
        {"complete": False},
        "kept: incomplete, and no complete one came after it",
    ),
}


def decide(
    rule: Rule, *holdings: Holding, free: int | None = 500 * GB, now: float = NOW
) -> list[Removal]:
    """Decide on cores by this rule."""
    return list(Retain(cores=rule).decide(holdings, {"cores": free}, now))


def removed(decided: list[Removal]) -> list[int]:
    return [removal.holding.dump for removal in decided if removal.remove]


def reason(rule: Rule, one: Holding, **more: Any) -> str:
    return decide(rule, one, **more)[0].reason


def test_without_a_rule_nothing_is_removed() -> None:
    heaps = [holding(heap=heap, since=0.0) for heap in ("cores", "zips", "spool")]
    decided = Retain().decide(heaps, dict.fromkeys(("cores", "zips", "spool"), 0), NOW)
    assert [(each.remove, each.reason) for each in decided] == [
        (False, "kept: no rule for cores"),
        (False, "kept: no rule for zips"),
        (False, "kept: no rule for spool"),
    ]


def test_a_rule_is_for_its_own_heap_only() -> None:
    heaps = [holding(heap=heap) for heap in ("cores", "zips", "spool")]
    decided = Retain(zips=Rule(max_age_days=1)).decide(heaps, {}, NOW)
    assert [each.holding.heap for each in decided if each.remove] == ["zips"]


def test_what_is_older_than_allowed_goes_and_says_how_old_it_is() -> None:
    rule = Rule(max_age_days=30)
    assert reason(rule, holding(since=NOW - 41.5 * DAY)) == "removed: older than 30 days (41 days)"
    assert reason(rule, holding(since=NOW - 29.9 * DAY)) == "kept: within the rules (29 days old)"


@pytest.mark.parametrize(
    ("count", "told"),
    [(1.0, "1 day"), (2.0, "2 days"), (1.57, "1.5 days"), (0.25, "0.2 days"), (9.99, "9.9 days"),
     (10.5, "10 days"), (0.0, "0 days")],
)  # fmt: skip
def test_an_age_is_told_as_people_say_it_and_never_as_more(count: float, told: str) -> None:
    assert days(count) == told


def test_what_comes_from_the_future_has_no_age() -> None:
    """A clock that was set back."""
    assert removed(decide(Rule(max_age_days=1), holding(since=NOW + 99 * DAY))) == []


def test_over_the_total_the_oldest_go_until_it_fits() -> None:
    dumps = [holding(dump=n, since=NOW - n * DAY) for n in range(1, 6)]
    decided = decide(Rule(max_total_size="25 GB"), *dumps)
    assert removed(decided) == [5, 4, 3]
    assert decided[0].reason == "removed: over 25 GB in all (46.6 GiB), oldest first"


def test_what_age_has_removed_does_not_count_for_the_total() -> None:
    dumps = [holding(dump=n, since=NOW - n * 20 * DAY) for n in range(1, 6)]
    decided = decide(Rule(max_age_days=70, max_total_size="30 GB"), *dumps)
    assert removed(decided) == [5, 4]


def test_for_room_the_oldest_go_until_there_is_enough() -> None:
    dumps = [holding(dump=n, since=NOW - n * DAY) for n in range(1, 6)]
    decided = decide(Rule(keep_free="115 GB"), *dumps, free=100 * GB)
    assert removed(decided) == [5, 4]
    assert decided[0].reason == "removed: to keep 115 GB free (93.1 GiB would be), oldest first"


def test_for_room_nothing_goes_where_nobody_knows_what_is_free() -> None:
    told = "kept: within the rules (100 days old); nobody knows how much is free"
    assert reason(Rule(keep_free="1 TB"), holding(), free=None) == told


def test_two_heaps_on_one_volume_do_not_both_make_its_room() -> None:
    """Heaps with the same free bytes are on one volume: what one frees, the other has."""
    rule = Rule(keep_free="110 GB")
    both = [holding(), holding(heap="zips")]
    stage = Retain(cores=rule, zips=rule)
    together = stage.decide(both, {"cores": 100 * GB, "zips": 100 * GB}, NOW)
    apart = stage.decide(both, {"cores": 100 * GB, "zips": 101 * GB}, NOW)
    assert [each.remove for each in together] == [True, False]
    assert [each.remove for each in apart] == [True, True]


def test_what_one_heap_removes_by_age_is_room_for_the_others_on_its_volume() -> None:
    stage = Retain(cores=Rule(keep_free="110 GB"), zips=Rule(max_age_days=1))
    both = [holding(), holding(heap="zips")]
    decided = stage.decide(both, {"cores": 100 * GB, "zips": 100 * GB}, NOW)
    assert [each.holding.heap for each in decided if each.remove] == ["zips"]


def test_what_is_complete_and_archived_goes_before_what_is_not() -> None:
    old = holding(dump=1, since=NOW - 90 * DAY, archived=None)
    new = holding(dump=2, since=NOW - 5 * DAY)
    assert removed(decide(Rule(max_total_size="10 GB"), old, new)) == [2]


def test_an_incomplete_one_that_a_complete_one_came_after_goes_first() -> None:
    old = holding(dump=1, since=NOW - 90 * DAY)
    new = holding(dump=2, since=NOW - 5 * DAY, complete=False, succeeded=True)
    assert removed(decide(Rule(max_total_size="10 GB"), old, new)) == [2]


def test_what_is_missed_least_goes_first_whatever_its_age() -> None:
    """An incomplete core that is the only one of its panic is worth more than its age tells."""
    alone = holding(dump=1, since=NOW - 90 * DAY, complete=False)
    archived = holding(dump=2, since=NOW - 80 * DAY)
    replaced = holding(dump=3, since=NOW - 5 * DAY, complete=False, succeeded=True, archived=None)
    here_only = holding(dump=4, since=NOW - 4 * DAY, archived=None)
    rule = Rule(max_age_days=1, even=("incomplete",))
    assert removed(decide(rule, here_only, replaced, archived, alone)) == [3, 2, 1, 4]


def test_where_nobody_knows_what_is_free_only_that_is_added_to_what_is_said() -> None:
    rule = Rule(max_age_days=50, keep_free="1 TB")
    parked, old = holding(dump=1, parked=True), holding(dump=2)
    told = [each.reason for each in decide(rule, parked, old, free=None)]
    assert told == ["kept: parked", "removed: older than 50 days (100 days)"]


def test_what_a_heap_has_freed_for_room_and_by_age_counts_once_for_the_others() -> None:
    aged, more = holding(dump=1), holding(dump=2, since=NOW - DAY)
    zipped = holding(dump=3, heap="zips")
    stage = Retain(cores=Rule(max_age_days=50, keep_free="115 GB"), zips=Rule(keep_free="125 GB"))
    heaps = {"cores": 100 * GB, "zips": 100 * GB}
    decided = stage.decide([aged, more, zipped], heaps, NOW)
    assert removed(list(decided)) == [1, 2, 3]


def test_an_empty_file_is_not_removed_for_room() -> None:
    assert removed(decide(Rule(keep_free="1 PB"), holding(size=0))) == []


@pytest.mark.parametrize("word", WORDS)
def test_what_is_protected_stays_whatever_the_limits(word: Word) -> None:
    state, told = PROTECTED[word]
    others = tuple(each for each in WORDS if each != word)
    assert reason(Rule(**EVERY_LIMIT, even=others), holding(**state), free=0) == told


@pytest.mark.parametrize("word", WORDS)
def test_a_rule_that_says_so_in_so_many_words_takes_it_as_well(word: Word) -> None:
    state, _ = PROTECTED[word]
    assert decide(Rule(max_age_days=1, even=(word,)), holding(**state))[0].remove


def test_what_is_being_worked_on_stays_whatever_a_rule_says() -> None:
    rule = Rule(**EVERY_LIMIT, even=WORDS)
    told = "kept: it is still being worked on"
    assert reason(rule, holding(in_flight=True), free=0) == told


def test_every_protection_is_told() -> None:
    told = "kept: parked, no package of it is there, not archived yet"
    one = holding(parked=True, packaged=False, archived=False)
    assert reason(Rule(max_age_days=1), one) == told


def test_an_incomplete_one_whose_place_was_taken_is_as_any_other() -> None:
    assert decide(Rule(max_age_days=1), holding(complete=False, succeeded=True))[0].remove


def test_without_an_archive_nothing_needs_to_be_archived() -> None:
    assert decide(Rule(max_age_days=1), holding(archived=None))[0].remove


def test_no_days_at_all_means_as_soon_as_it_is_allowed() -> None:
    assert reason(Rule(max_age_days=0), holding(since=NOW)) == "removed: max_age_days is 0"


@pytest.mark.parametrize(
    ("key", "value"),
    [("max_age_days", -1), ("max_age_days", float("nan")), ("max_age_days", float("inf")),
     ("keep_free", "much"), ("max_total_size", 0), ("max_total_size", "-3 GB")],
)  # fmt: skip
def test_a_limit_that_means_nothing_is_refused_by_its_key(key: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^{key} "):
        Rule(**{key: value})


def test_in_the_chain_it_only_says_by_which_rules(tmp_path: Path) -> None:
    path = tmp_path / "dump"
    dump = raw_dump(path, b"x", verdict=Verdict.COMPLETE, reason="")
    stage = Retain(cores=Rule(max_age_days=30, keep_free="9 GB", even=("parked",)))
    with DirectoryWorkspace(dump, path, tmp_path / "out") as work:
        result = stage.run(dump, work)
    assert result.facts == {
        "cores": "removed: older than 30 days, or less than 9 GB free; even parked",
        "zips": "kept: no rule",
        "spool": "kept: no rule",
    }


_HOLDINGS = st.builds(
    holding,
    heap=st.sampled_from(["cores", "zips", "spool"]),
    dump=st.integers(1, 99),
    size=st.integers(0, 100),
    since=st.floats(NOW - 100 * DAY, NOW + 100 * DAY),
    in_flight=st.booleans(),
    parked=st.booleans(),
    packaged=st.booleans(),
    archived=st.sampled_from([True, False, None]),
    complete=st.booleans(),
    succeeded=st.booleans(),
)
_RULES = st.builds(
    Rule,
    max_age_days=st.none() | st.integers(0, 120),
    max_total_size=st.none() | st.integers(1, 500),
    keep_free=st.none() | st.integers(1, 500),
    even=st.lists(st.sampled_from(WORDS), unique=True).map(tuple),
)
_FREE = st.none() | st.integers(0, 300)


def _may_go(one: Holding, rule: Rule) -> bool:
    said = set(rule.even)
    return not (
        one.in_flight
        or (one.parked and "parked" not in said)
        or (not one.packaged and "unpackaged" not in said)
        or (one.archived is False and "unarchived" not in said)
        or (not one.complete and not one.succeeded and "incomplete" not in said)
    )


@given(st.lists(_HOLDINGS, max_size=12), _RULES, _RULES, _FREE, _FREE)
def test_every_file_is_explained_once_and_what_is_protected_never_goes(
    holdings: list[Holding], cores: Rule, zips: Rule, room: int | None, other: int | None
) -> None:
    rules = {"cores": cores, "zips": zips, "spool": Rule()}
    free = {"cores": room, "zips": room, "spool": other}
    decided = Retain(cores=cores, zips=zips).decide(holdings, free, NOW)
    assert sorted(map(repr, holdings)) == sorted(repr(each.holding) for each in decided)
    for each in decided:
        assert each.reason.startswith("removed: " if each.remove else "kept: ")
        assert not each.remove or _may_go(each.holding, rules[each.holding.heap])


@given(st.lists(_HOLDINGS, max_size=12), _RULES, _FREE)
def test_no_limit_is_broken_by_what_may_go_and_none_takes_more_than_it_must(
    holdings: list[Holding], rule: Rule, room: int | None
) -> None:
    ours = [one for one in holdings if one.heap == "cores"]
    decided = decide(rule, *ours, free=room)
    kept = [each.holding for each in decided if not each.remove]
    gone = [each for each in decided if each.remove]
    can_go = [one for one in kept if _may_go(one, rule) and one.size]
    total, free = sum(one.size for one in kept), (room or 0) + sum(e.holding.size for e in gone)
    if rule.max_age_days is not None:
        assert not [one for one in can_go if NOW - one.since >= rule.max_age_days * DAY]
    if isinstance(rule.max_total_size, int):
        assert total <= rule.max_total_size or not can_go
    if isinstance(rule.keep_free, int) and room is not None:
        assert free >= rule.keep_free or not can_go
    for why, had, limit in (("over", total, rule.max_total_size), ("to keep", 0, rule.keep_free)):
        last = [each.holding for each in gone if each.reason.startswith(f"removed: {why}")][-1:]
        for one in last:  # without it, its limit would be broken
            assert isinstance(limit, int)
            if why == "to keep":
                assert free - one.size < limit
            elif rule.keep_free is None:
                assert had + one.size > limit
