"""A route that keeps failing is told of over the others, and in the status; without a storm."""

from __future__ import annotations

from pipeline.alerts.receipts import Outcome, Receipt
from pipeline.journal.rows import OwedAlert
from tests.owing.office import AGAIN, DAY, HOUR, MINUTE, REFUSED, Office, events, news


def owed_to(office: Office, route: str, event: str = "route.failing") -> list[OwedAlert]:
    owed = office.journal.outbox.pending()
    return [row for row in owed if row.route == route and row.alert.event == event]


def condition(office: Office, route: str = "ops") -> str | None:
    found = office.journal.conditions.find(f"route.failing:{route}")
    return None if found is None else found.text


def fail(office: Office, times: int, route: str = "ops", receipt: Receipt = AGAIN) -> None:
    """Let this many tries of a route fail."""
    for _ in range(times):
        office.now += office.turns.next(route, office.now).wait or 0
        assert office.try_once(route, lambda _: receipt) is not None


def test_the_third_failure_in_a_row_is_told_over_the_other_routes() -> None:
    office = Office("ops", "boss", "mail")
    office.owe(news("a"))
    office.now += 5
    fail(office, 2)
    assert office.journal.routes.find("ops").failing_since is None
    assert condition(office) is None
    fail(office, 1)
    assert office.journal.routes.find("ops").failing_since == office.now
    assert condition(office) == "alerts to ops do not get through: unreachable"
    assert not owed_to(office, "ops")
    for other in ("boss", "mail"):
        (told,) = owed_to(office, other)
        assert told.alert.title == "alerts to ops do not get through"
        assert dict(told.alert.lines)["Reason"] == "unreachable"
        assert "1 alert," in dict(told.alert.lines)["Waiting"]
        assert told.alert.facts["route"] == "ops"
        assert told.alert.facts["waiting"] == 1


def test_a_refusal_is_told_at_once() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    fail(office, 1, receipt=REFUSED)
    assert condition(office) == "alerts to ops do not get through: too odd"
    assert len(owed_to(office, "boss")) == 1


def test_the_first_success_ends_it() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    fail(office, 3)
    office.live(HOUR)
    known = office.journal.routes.find("ops")
    assert (known.failing_since, known.failures, known.error) == (None, 0, None)
    assert known.last_sent is not None
    assert condition(office) is None


def test_it_is_told_once_and_again_every_day_that_it_lasts() -> None:
    office, told = Office("ops", "boss"), 0
    office.owe(news("a"))
    for day in range(1, 6):
        for _ in range(24):
            office.live(HOUR, "ops", lambda _: AGAIN)
            told += events(office.work("boss")).count("route.failing")
        assert told in (day, day + 1)


def test_a_route_that_comes_and_goes_is_told_of_once_an_hour_at_most() -> None:
    office, told = Office("ops", "boss"), 0
    begin = office.now
    for number in range(40):
        office.owe(news(f"{number}"))
        fail(office, 3)
        told += events(office.work("boss")).count("route.failing")
        office.live(5 * MINUTE)
    assert 2 <= told <= (office.now - begin) / HOUR + 1


def test_two_failing_routes_do_not_breed_alerts_about_each_other() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    for _ in range(30 * 24):
        for route in ("ops", "boss"):
            begin = office.now
            office.live(30 * MINUTE, route, lambda _: AGAIN)
            office.now = begin + 30 * MINUTE
    owed = office.journal.outbox.pending()
    assert len(owed) == 4  # "a", and one about each other
    assert len(office.rows()) < 2 + 2 * 32
    for route in ("ops", "boss"):
        office.live(2 * DAY, route)
    assert not office.journal.outbox.pending()


def test_what_was_not_told_of_a_failure_before_its_end_is_not_told_at_all() -> None:
    office = Office("ops", "boss", "mail")
    office.owe(news("a"))
    for route in ("boss", "ops"):
        fail(office, 5, route)
    assert len(owed_to(office, "boss")) == len(owed_to(office, "ops")) == 1
    office.live(HOUR, "ops")
    assert not owed_to(office, "boss")
    assert events(office.live(HOUR, "boss")) == ["server.up"]
    reasons = [row.dropped for row in office.rows() if row.route == "boss"]
    assert reasons == [None, "the route works again"]


def test_a_refusal_is_told_though_the_route_takes_the_next_alert() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    office.owe(news("b"))
    fail(office, 1, receipt=REFUSED)
    office.work("ops")
    assert len(owed_to(office, "boss")) == 1


def test_nothing_more_is_told_of_a_failing_route_that_is_gone() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    fail(office, 3)
    office.failures.forget("ops")
    assert not owed_to(office, "boss")


def test_two_refusing_routes_do_not_breed_alerts_about_each_other() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    for _ in range(10 * 24):
        for route in ("ops", "boss"):
            office.work(route, lambda _: REFUSED)
        office.now += HOUR
    assert len(office.journal.outbox.pending()) == 4


def test_a_single_route_that_fails_is_told_of_in_the_status_alone() -> None:
    office = Office("ops")
    office.owe(news("a"))
    fail(office, 20)
    assert condition(office) is not None
    assert len(office.rows()) == 1


def test_a_refused_alert_that_is_tried_again_does_not_begin_a_new_failure() -> None:
    office, told = Office("ops", "boss"), 0

    def odd(owed: OwedAlert) -> Receipt:
        return REFUSED if owed.alert.what == "odd" else Receipt(Outcome.SENT)

    office.owe(news("odd"))
    for number in range(3 * 24):
        office.owe(news(f"{number}"))
        office.live(HOUR, "ops", odd)
        told += events(office.work("boss")).count("route.failing")
    assert told == 1
    assert condition(office) is None


def test_a_restart_forgets_nothing_about_a_failing_route() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    fail(office, 2)
    office.open("ops", "boss")
    fail(office, 1)
    office.open("ops", "boss")
    fail(office, 3)
    assert len(office.rows()) == 3  # "a" to both, and one about the failing route


def test_a_clock_set_back_by_years_silences_nothing() -> None:
    office = Office("ops", "boss")
    office.owe(news("a"))
    fail(office, 3)
    office.work("boss")
    office.now -= 10 * 365 * DAY
    fail(office, 1)
    assert len(owed_to(office, "boss")) == 1
    fail(office, 3)
    assert len(owed_to(office, "boss")) == 1


def test_a_clock_that_went_back_while_a_route_fails_brings_no_storm() -> None:
    office, told = Office("ops", "boss"), 0
    office.now += 365 * DAY
    office.owe(news("a"))
    fail(office, 3)
    office.now -= 365 * DAY
    for _ in range(3 * 24):
        office.live(HOUR, "ops", lambda _: AGAIN)
        told += events(office.work("boss")).count("route.failing")
    assert 3 <= told <= 5
