"""Whose turn it is: nothing is lost, nothing stands in the way for ever, no service is pestered."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable

import pytest

from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.journal.rows import OwedAlert
from pipeline.owing import Rule
from tests.owing.office import (
    AGAIN,
    DAY,
    HOUR,
    MINUTE,
    REFUSED,
    SENT,
    START,
    Office,
    events,
    news,
    numbers,
    panic,
)


def service(**faults: Receipt) -> Callable[[OwedAlert], Receipt]:
    """Return a service that answers so to these alerts, and takes all others."""
    return lambda owed: faults.get(owed.alert.what, SENT)


def test_the_oldest_holds_back_the_others_while_it_is_tried() -> None:
    office = Office()
    for what in "abc":
        office.owe(news(what))
    tried = office.live(30 * MINUTE, service=lambda _: AGAIN)
    assert set(numbers(tried)) == {"a"}
    assert numbers(office.live(2 * HOUR)) == ["a", "b", "c"]


def test_a_route_that_is_away_for_weeks_loses_nothing_and_is_not_pestered() -> None:
    office = Office()
    for what in "abc":
        office.owe(news(what))
        tried = office.live(7 * DAY, service=lambda _: AGAIN)
        assert len(tried) < 7 * 24 * 1.1 + 30
    whole = office.live(2 * HOUR)
    assert sorted(map(str, numbers(whole))) == ["a", "b", "c"]
    assert not office.journal.outbox.pending()


def test_a_refused_alert_is_set_aside_and_blocks_nobody(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "panicpipe")
    office = Office()
    for what in "abc":
        office.owe(news(what))
    assert numbers(office.work(service=service(b=REFUSED))) == ["a", "b", "c"]
    (owed,) = office.journal.outbox.pending()
    assert (owed.alert.what, owed.aside, owed.error, owed.dropped) == ("b", 1, "too odd", None)
    assert owed.next_try == office.now + HOUR
    assert "set aside: too odd; next try in 3600 s" in caplog.text


def test_what_was_set_aside_is_tried_for_ever_ever_more_rarely() -> None:
    office = Office()
    office.owe(news("a"))
    times: list[float] = []

    def refusing(_: OwedAlert) -> Receipt:
        times.append(office.now)
        return REFUSED

    office.live(7 * DAY, service=refusing)
    pauses = [round((b - a) / HOUR) for a, b in itertools.pairwise(times)]
    assert pauses[:7] == [1, 2, 4, 8, 16, 24, 24]
    assert set(pauses[6:]) == {24}
    assert numbers(office.live(DAY)) == ["a"]


def test_many_that_were_set_aside_come_one_by_one_until_one_is_taken() -> None:
    """A service that refuses everything is not asked a hundred times in a row, hour by hour."""
    office = Office()
    for number in range(100):
        office.owe(news(f"{number}"))
    office.work(service=lambda _: REFUSED)
    assert len(office.live(6 * HOUR, service=lambda _: REFUSED)) <= 6 * 6 + 1
    assert len(office.live(2 * HOUR)) == 100
    assert not office.journal.outbox.pending()


def test_a_stubborn_alert_gives_way_once_others_are_seen_to_get_through() -> None:
    """Its fault passes for one of the route until then."""
    office = Office()
    for what in "abc":
        office.owe(news(what))
    tried = office.live(DAY, service=service(a=AGAIN))
    assert numbers(tried)[:13] == [*["a"] * 10, "b", "a", "c"]
    (owed,) = office.journal.outbox.pending()
    assert (owed.alert.what, owed.error, owed.dropped) == (
        "a",
        "unreachable",
        None,
    )
    assert owed.aside
    assert numbers(office.live(DAY)) == ["a"]


def test_an_alert_that_was_only_unlucky_goes_out_when_its_route_is_back() -> None:
    office = Office()
    for what in "ab":
        office.owe(news(what))
    while office.turns.next("ops", office.now).before is None:  # the second one's turn
        office.try_once(service=lambda _: AGAIN)
        office.now += office.turns.next("ops", office.now).wait or 0
    assert numbers(office.work()) == ["b", "a"]
    assert not office.journal.outbox.pending()


def test_a_stubborn_alert_is_overtaken_by_a_held_group_too() -> None:
    office = Office()
    office.owe(panic(0))
    office.work()
    office.owe(news("a"))
    for number in (1, 2, 3):
        office.owe(panic(number))
    tried = office.live(DAY, service=service(a=AGAIN))
    assert set(numbers(tried)) == {"a", 1, 2, 3}
    assert [owed.alert.what for owed in office.journal.outbox.pending()] == ["a"]


def slow(seconds: float | None) -> Receipt:
    return Receipt(Outcome.AGAIN, "429", after=seconds)


@pytest.mark.parametrize("restart", [False, True])
def test_a_service_that_asks_for_a_pause_gets_it_for_the_whole_route(*, restart: bool) -> None:
    office = Office("ops", "other")
    for what in "ab":
        office.owe(news(what))
    office.try_once(service=lambda _: slow(1234))
    if restart:
        office.open("ops", "other")
    assert office.turns.next("ops", office.now).wait == 1234
    assert numbers(office.work("other")) == ["a", "b"]
    office.owe(news("c"))
    office.now += 1233
    assert office.work() == []
    office.now += 1
    assert numbers(office.work()) == ["a", "b", "c"]


def test_the_longer_of_both_pauses_counts() -> None:
    office = Office()
    office.owe(news("a"))
    office.try_once(service=lambda _: slow(3))
    assert office.live(9) == []
    assert numbers(office.live(1)) == ["a"]


@pytest.mark.parametrize("asked", [1e12, 86401.0])
def test_no_service_is_left_alone_for_more_than_a_day(asked: float) -> None:
    office = Office()
    office.owe(news("a"))
    office.try_once(service=lambda _: slow(asked))
    assert office.live(DAY - 1) == []
    assert numbers(office.live(1)) == ["a"]


@pytest.mark.parametrize("asked", [0.0, -5.0])
def test_a_pause_that_is_none_changes_nothing(asked: float) -> None:
    office = Office()
    office.owe(news("a"))
    office.try_once(service=lambda _: slow(asked))
    assert office.turns.next("ops", office.now).wait == 10


@pytest.mark.parametrize("aside", [False, True])
def test_a_clock_set_back_by_years_leaves_no_pause_of_years(*, aside: bool) -> None:
    office = Office()
    office.owe(news("a"))
    office.try_once(service=lambda _: REFUSED if aside else slow(3600))
    office.now -= 10 * 365 * DAY
    assert numbers(office.work()) == ["a"]


def test_a_clock_set_forward_makes_one_try_and_no_storm() -> None:
    office = Office()
    for number in range(100):
        office.owe(news(f"{number}"))
    office.live(DAY, service=lambda _: AGAIN)
    office.now += 10 * 365 * DAY
    assert len(office.work(service=lambda _: AGAIN)) <= 2


def test_a_newer_heartbeat_takes_the_place_of_one_not_sent_yet() -> None:
    office = Office()
    for week in range(5):
        office.owe(news(f"{week}", event="heartbeat", topic="heartbeat", supersedes=("heartbeat",)))
        office.owe(news(f"other {week}", topic="disk:directory"))
        office.live(MINUTE, service=lambda _: AGAIN)
    told = office.live(2 * DAY)
    assert numbers(told) == ["other 0", "other 1", "other 2", "other 3", "4", "other 4"]
    dropped = [row.dropped for row in office.rows() if row.dropped]
    assert dropped == ["superseded by a newer alert (heartbeat)"] * 4


def test_what_has_been_superseded_on_its_way_counts_as_sent() -> None:
    office = Office()
    beat = {"event": "heartbeat", "topic": "heartbeat", "supersedes": ("heartbeat",)}
    office.owe(news("old", **beat))

    def meanwhile(owed: OwedAlert) -> Receipt:
        if owed.alert.what == "old":
            office.owe(news("new", **beat))
        return SENT

    assert numbers(office.work(service=meanwhile)) == ["old", "new"]
    assert [(row.sent, row.dropped) for row in office.rows()] == [(office.now, None)] * 2


def test_superseding_takes_held_alerts_out_of_a_digest_that_is_not_made_yet() -> None:
    """By a newer revision of the dump, and by a newer alert about the same."""
    office = Office()
    dumps = [office.dump() for _ in range(4)]
    office.owe(panic(0))
    for number, dump in enumerate(dumps, 1):
        office.owe(panic(number, topic=f"failure:{number}"), dump)
    office.work()
    office.desk.supersede(dumps[0], dumps[3], news())
    office.owe(news("over", supersedes=("failure:2",)))
    assert numbers(office.live(HOUR)) == ["over", 3, 4]


def test_a_message_is_known_by_the_same_key_at_every_try_and_in_no_other_journal() -> None:
    office, other = Office(), Office()
    key = office.journal.outbox.key(7)
    assert key == office.journal.outbox.key(7)
    assert key.endswith("-7")
    assert len({key, office.journal.outbox.key(8), other.journal.outbox.key(7)}) == 3


def test_alerts_of_one_route_do_not_wait_for_another() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    office.live(HOUR, "ops", service=lambda _: AGAIN)
    assert events(office.work("boss"))[0] == "server.up"


def test_what_was_set_aside_under_a_wrong_clock_is_not_kept_behind_others_for_ever() -> None:
    office = Office()
    office.now = START + 20 * 365 * DAY
    office.owe(news("early"))
    office.work(service=lambda _: REFUSED)
    office.now = START
    office.owe(news("late"))
    tried = office.work(service=lambda _: REFUSED)
    tried += office.live(DAY, service=lambda _: REFUSED)
    assert {"early", "late"} <= set(numbers(tried))


def test_what_is_long_settled_is_not_read_to_find_what_is_owed() -> None:
    """It is kept for ever: a lane that reads it becomes slower with the years."""
    office = Office()
    connection, asked = office.journal._connection, list[str]()
    office.owe(news("first"))
    office.work()
    connection.set_trace_callback(asked.append)
    office.owe(news("a", topic="t", supersedes=("t",)))
    office.work(service=lambda _: REFUSED)
    office.live(2 * HOUR, service=lambda _: REFUSED)
    office.live(DAY)
    connection.set_trace_callback(None)
    plans = {
        row["detail"]
        for statement in asked
        if " outbox" in statement and statement.startswith(("SELECT", "UPDATE"))
        for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}")
        if " outbox" in row["detail"] or " USING INDEX outbox" in row["detail"]
    }
    assert any("outbox_owed" in plan for plan in plans)
    assert not [plan for plan in plans if plan.endswith("SCAN outbox") or "by_route" in plan]


def test_an_older_revision_stays_owed_to_whoever_is_not_told_the_newer_one() -> None:
    office = Office(rule=Rule(events=("dump.complete",)))
    older, newer = office.dump(), office.dump()
    office.owe(panic(1), older)
    office.desk.supersede(older, newer, panic(2, event="dump.damaged"))
    assert numbers(office.work()) == [1]
    office.owe(panic(3, client="10.0.40.8"), older)
    office.desk.supersede(older, newer, panic(4))
    assert numbers(office.work()) == []


def test_what_a_digest_tells_stays_owed_whatever_is_newer() -> None:
    office = Office()
    older, newer = office.dump(), office.dump()
    office.owe(panic(0))
    for number in (1, 2):
        office.owe(panic(number, topic="failure:1"), older)
    office.work()
    office.now += HOUR
    assert office.try_once(service=lambda _: AGAIN) is not None
    office.desk.supersede(older, newer, news())
    office.owe(news("over", supersedes=("failure:1",)))
    owed = office.journal.outbox.pending()
    assert [row.alert.facts["number"] for row in owed if row.digest is not None] == [1, 2]
    assert numbers(office.live(HOUR)) == [1, 2, "over"]


def test_what_was_held_under_a_clock_that_was_years_ahead_is_told_at_once() -> None:
    office = Office()
    office.now = START + 20 * 365 * DAY
    for number in (1, 2, 3):
        office.owe(panic(number))
    assert numbers(office.work()) == [1]
    office.now = START
    assert numbers(office.work()) == [2, 3]


def test_what_was_set_aside_holds_up_none_that_are_like_it() -> None:
    office = Office()
    office.owe(panic(1))
    assert numbers(office.work(service=lambda _: REFUSED)) == [1]
    office.now += 30 * MINUTE
    office.owe(panic(2))
    assert numbers(office.work()) == [2]
