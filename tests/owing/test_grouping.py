"""A panic loop gives a few messages that lose nothing; what is not alike is told at once."""

from __future__ import annotations

import pytest

from pipeline.owing import Rule
from tests.owing.office import AGAIN, DAY, HOUR, MINUTE, Office, events, news, numbers, panic


def loop(office: Office, count: int, every: float) -> list[int]:
    """Let so many dumps come; return after how many seconds each message went out."""
    begin, told = office.now, []
    for number in range(count):
        office.owe(panic(number))
        told += office.live(every)
    told += office.live(DAY)
    assert numbers(told) == list(range(count))
    assert not office.journal.outbox.pending()
    return [round(owed.created - begin) for owed in told]


@pytest.mark.parametrize(
    ("every", "most"), [(0.0, 2), (1.0, 2), (MINUTE, 5), (5 * MINUTE, 8), (HOUR, 20)]
)
def test_a_hundred_dumps_of_a_panic_loop_give_a_handful_of_messages(
    every: float, most: int
) -> None:
    # A loop slower than the window is none: then it must be longer.
    office = Office(rule=Rule(group_seconds=max(10 * MINUTE, 2 * every)))
    assert 2 <= len(loop(office, 100, every)) <= most


def test_the_first_goes_out_at_once_and_those_after_it_when_the_window_ends() -> None:
    office = Office()
    office.owe(panic(0))
    assert numbers(office.work()) == [0]
    for number in (1, 2, 3):
        office.now += MINUTE
        office.owe(panic(number))
    assert office.work() == []
    assert office.turns.next("ops", office.now).wait == 7 * MINUTE
    office.now += 7 * MINUTE
    (digest,) = office.work()
    assert digest.alert.event == "digest"
    assert numbers([digest]) == [1, 2, 3]
    assert not office.journal.outbox.pending()
    assert {row.sent for row in office.rows()[1:]} == {office.now}
    assert [row.digest for row in office.rows()] == [None, 5, 5, 5, None]


def test_windows_double_up_to_six_hours_and_a_quiet_one_ends_the_group() -> None:
    office, lengths = Office(), []
    office.owe(panic(0))
    office.work()
    for number in range(1, 9):
        office.owe(panic(2 * number))
        office.owe(panic(2 * number + 1))
        wait = office.turns.next("ops", office.now).wait
        assert wait is not None
        lengths.append(wait / MINUTE)
        office.now += wait
        assert events(office.work()) == ["digest"]
    assert lengths == [10, 20, 40, 80, 160, 320, 360, 360]
    office.now += 6 * HOUR + 1
    office.owe(panic(99))
    assert numbers(office.work()) == [99]
    office.owe(panic(100))
    assert office.turns.next("ops", office.now).wait == 10 * MINUTE


def test_a_single_held_alert_is_sent_as_itself() -> None:
    office = Office()
    for number in range(2):
        office.owe(panic(number))
    assert events(office.live(HOUR)) == ["dump.complete"] * 2
    assert [row.digest for row in office.rows()] == [None, None]


@pytest.mark.parametrize(
    "other",
    [
        {"client": "10.0.40.8"},
        {"signature": "ffff"},
        {"event": "dump.incomplete"},
        {"signature": None},
    ],
)
def test_what_is_not_alike_is_told_at_once(other: dict[str, object]) -> None:
    office = Office()
    office.owe(panic(0))
    office.owe(panic(1, **other))
    assert numbers(office.work()) == [0, 1]


def test_alerts_of_unknown_macs_count_as_of_one() -> None:
    office = Office()
    for number in range(3):
        office.owe(panic(number, client=None))
    assert len(office.work()) == 1
    assert numbers(office.live(HOUR)) == [1, 2]


def test_a_switch_reports_each() -> None:
    office = Office(rule=Rule(group_seconds=0))
    for number in range(5):
        office.owe(panic(number))
    assert numbers(office.work()) == list(range(5))


def test_each_route_has_groups_of_its_own() -> None:
    office = Office("ops", "boss")
    office.owe(panic(0))
    office.desk.owe(None, panic(1), office.now, but="boss")
    assert numbers(office.live(HOUR, "ops")) == [0, 1]
    assert numbers(office.live(HOUR, "boss")) == [0]


def test_a_loop_while_the_route_is_away_for_days_is_told_in_three_messages() -> None:
    """Also one so slow that no window sees two of its dumps."""
    for every in (5 * MINUTE, 25 * MINUTE):
        office = Office()
        for number in range(100):
            office.owe(panic(number))
            office.live(every, service=lambda _: AGAIN)
        told = office.live(DAY)
        assert sorted(map(str, numbers(told))) == sorted(map(str, range(100)))
        assert sorted(events(told)) == ["digest", "digest", "dump.complete"]


def test_news_between_is_not_held_up_by_a_group() -> None:
    office = Office()
    for number in range(3):
        office.owe(panic(number))
    office.owe(news("between"))
    assert numbers(office.work()) == [0, "between"]


def test_a_digest_that_fails_is_tried_until_it_is_sent_and_then_all_of_it_is() -> None:
    office = Office()
    for number in range(4):
        office.owe(panic(number))
    office.work()
    office.live(3 * HOUR, service=lambda _: AGAIN)
    assert {row.digest for row in office.journal.outbox.pending()} == {None, 5}
    assert all(row.sent is None for row in office.rows()[1:])
    assert numbers(office.live(2 * HOUR)) == [1, 2, 3]
    assert all(row.sent == office.rows()[-1].sent for row in office.rows()[1:])


def test_dropping_a_digest_drops_what_it_tells() -> None:
    office = Office()
    for number in range(3):
        office.owe(panic(number))
    office.work()
    office.live(HOUR, service=lambda _: AGAIN)
    office.journal.outbox.drop(4, "on request")
    assert [row.dropped for row in office.rows()] == [None, *["on request"] * 3]
    assert office.live(DAY) == []


def test_a_very_long_loop_is_told_in_digests_of_a_bounded_size() -> None:
    office = Office()
    for number in range(1202):
        office.owe(panic(number))
    told = office.live(HOUR)
    assert [owed.alert.facts.get("count") for owed in told] == [None, 500, 500, 201]
    assert numbers(told) == list(range(1202))


def test_a_restart_changes_nothing_about_a_group() -> None:
    office = Office()
    for number in range(3):
        office.owe(panic(number))
    office.work()
    office.now += 4 * MINUTE
    office.open("ops")
    office.owe(panic(3))
    assert office.turns.next("ops", office.now).wait == 6 * MINUTE
    assert numbers(office.live(HOUR)) == [1, 2, 3]


@pytest.mark.parametrize("jump", [-30 * 365 * DAY, -HOUR, 30 * 365 * DAY])
def test_a_clock_that_jumps_neither_holds_for_ever_nor_lets_a_storm_out(jump: float) -> None:
    """A loop goes on, as seen by a clock that jumps in the middle of it."""
    office, told = Office(), []
    for number in range(100):
        if number == 50:
            office.now += jump
        office.owe(panic(number))
        told += office.live(MINUTE)
    told += office.live(7 * HOUR)
    assert numbers(told) == list(range(100))
    assert len(told) <= 7


def test_a_clock_that_goes_back_and_forth_lets_no_storm_out() -> None:
    office, told = Office(), []
    for number in range(100):
        office.now += (-1) ** number * 365 * DAY
        office.owe(panic(number))
        told += office.live(MINUTE)
    told += office.live(7 * HOUR)
    assert sorted(numbers(told), key=str) == sorted(range(100), key=str)
    assert len(told) <= 60


def test_a_window_of_a_clock_that_was_ahead_for_years_is_no_longer_than_any() -> None:
    office = Office()
    office.now += 20 * 365 * DAY
    office.owe(panic(0))
    office.work()
    office.now -= 20 * 365 * DAY
    office.owe(panic(1))
    assert office.work() == []
    assert office.turns.next("ops", office.now).wait == 10 * MINUTE
