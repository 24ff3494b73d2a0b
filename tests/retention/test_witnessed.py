"""Ages by a clock that jumps."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipeline.journal import Journal
from pipeline.retention import clock
from pipeline.retention.witnessed import LONGEST_GAP, Witnessed, read
from pipeline.stages.retain import Retain
from pipeline.stages.retention_rule import Rule
from tests.retention.records import Records, name

DAY, YEAR = 86400.0, 365 * 86400.0
NOW = 1_800_000_000.0


def age(time: Witnessed, moment: float) -> float:
    return time.noted - time.since(moment)


def test_time_that_was_noted_again_and_again_has_passed() -> None:
    time = Witnessed(noted=NOW)
    for day in range(1, 31):
        time = time.at(NOW + day * DAY)
    assert age(time, NOW) == 30 * DAY


def test_a_jump_into_the_far_future_makes_nothing_older() -> None:
    time = Witnessed(noted=NOW).at(NOW + DAY).at(NOW + 30 * YEAR)
    assert age(time, NOW) == DAY


def test_when_the_clock_is_right_again_ages_go_on_as_if_nothing_had_been() -> None:
    time = Witnessed(noted=NOW).at(NOW + 30 * YEAR).at(NOW + DAY).at(NOW + 4 * DAY)
    assert age(time, NOW) == 3 * DAY


def test_a_dump_that_was_stamped_by_a_clock_in_the_past_is_not_old() -> None:
    """A machine without a battery begins in 1970, until the network tells it the time.

    Which of the two clocks was right nobody knows: all ages begin anew.
    """
    time = Witnessed(noted=NOW).at(10.0).at(600.0).at(NOW + DAY).at(NOW + 2 * DAY)
    assert age(time, 300.0) == 300.0 + DAY
    assert age(time, NOW - DAY) == DAY


def test_a_machine_that_was_off_for_long_keeps_its_dumps_that_much_longer() -> None:
    time = Witnessed(noted=NOW).at(NOW + 30 * DAY).at(NOW + 31 * DAY)
    assert age(time, NOW - DAY) == 2 * DAY


def test_the_first_note_begins_with_the_newest_record() -> None:
    assert Witnessed.first(None, NOW).gaps == ()
    assert age(Witnessed.first(NOW - LONGEST_GAP, NOW), NOW - 20 * DAY) == 20 * DAY
    assert age(Witnessed.first(NOW - 20 * DAY, NOW), NOW - 20 * DAY) == 0


_TIMES = st.lists(st.floats(NOW - YEAR, NOW + YEAR), min_size=1, max_size=12)


@given(_TIMES, st.floats(NOW - 2 * YEAR, NOW + 2 * YEAR))
def test_no_age_is_ever_more_than_the_clock_says(times: list[float], moment: float) -> None:
    time = Witnessed(noted=NOW)
    for now in times:
        time = time.at(now)
    assert time.since(moment) >= moment
    assert read(time.noted, time.text()) == time


@given(_TIMES, st.floats(NOW, NOW + 50 * YEAR))
def test_one_step_makes_nothing_older_than_the_longest_gap(times: list[float], then: float) -> None:
    before = Witnessed(noted=NOW)
    for now in times:
        before = before.at(now)
    after = before.at(then)
    moment = NOW - 2 * YEAR  # complete before all of this
    assert age(after, moment) <= age(before, moment) + LONGEST_GAP + 1e-3


def test_the_journal_keeps_what_was_noted() -> None:
    journal = Journal.in_memory()
    clock.note(journal, clock.witness(journal, NOW))
    clock.note(journal, clock.witness(journal, NOW + 40 * DAY))
    clock.note(journal, clock.witness(journal, NOW + 41 * DAY))
    assert clock.witness(journal, NOW + 41 * DAY).since(NOW) == NOW + 40 * DAY


def test_a_clock_that_is_decades_ahead_has_nothing_removed(local: Records) -> None:
    """The whole way: thirty years in one step, and every dump stays."""
    local.done(name(1))
    clock.note(local.journal, clock.witness(local.journal, NOW))
    rule = Retain(cores=Rule(max_age_days=30))
    later = NOW + 30 * YEAR
    assert local.decided(rule, now=later)[name(1)] == "kept: within the rules (0 days old)"
    for day in range(32):
        clock.note(local.journal, clock.witness(local.journal, NOW + day * DAY))
    removed = local.decided(rule, now=NOW + 31 * DAY)[name(1)]
    assert removed == "removed: older than 30 days (31 days)"
