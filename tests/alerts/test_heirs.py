"""What becomes of alerts whose route the configuration has no more: they go on, or it is said."""

from __future__ import annotations

import pytest

from pipeline.alerts.heirs import settle_routes
from pipeline.alerts.routes import Route
from pipeline.alerts.sender import Recipe
from tests.owing.office import AGAIN, HOUR, REFUSED, Office, events, news, numbers, panic


def configured(office: Office, *names: str) -> None:
    """Begin a life of the daemon with these routes."""
    office.open(*names)
    routes = [
        Route(name=name, notifier=name.partition("/")[0], recipe=Recipe("x:Y", {}))
        for name in names
    ]
    settle_routes(office.journal, routes, office.failures, office.now)


def before(*names: str) -> Office:
    office = Office(*names)
    configured(office, *names)
    return office


def owed(office: Office) -> dict[str, list[object]]:
    found: dict[str, list[object]] = {}
    for row in office.journal.outbox.pending():
        found.setdefault(row.route, []).append(row.alert.facts.get("number"))
    return found


def test_a_changed_url_takes_over_what_was_owed_to_the_old_one(
    caplog: pytest.LogCaptureFixture,
) -> None:
    office = before("ops/slack-1f0c")
    office.owe(news("a"))
    office.owe(news("b"))
    office.live(HOUR, "ops/slack-1f0c", lambda _: AGAIN)
    configured(office, "ops/slack-77aa")
    assert "to ops/slack-1f0c: its route is gone: it goes to ops/slack-77aa" in caplog.text
    assert numbers(office.work("ops/slack-77aa")) == ["a", "b"]
    assert [row.name for row in office.journal.routes.all()] == ["ops/slack-77aa"]


def test_each_changed_url_is_taken_over_by_one_of_its_kind() -> None:
    office = before("ops/slack-1f0c", "ops/mailto-9a3e")
    office.owe(news("a"))
    office.work("ops/slack-1f0c")
    office.owe(news("b"))
    configured(office, "ops/mailto-0001", "ops/slack-0002")
    assert owed(office) == {"ops/mailto-0001": ["a", "b"], "ops/slack-0002": ["b"]}


def test_a_changed_url_beside_one_that_stays_is_taken_over_by_the_new_one() -> None:
    office = before("ops/slack-1f0c", "ops/slack-aaaa")
    office.owe(news("a"))
    configured(office, "ops/slack-aaaa", "ops/slack-77aa")
    assert owed(office) == {"ops/slack-77aa": ["a"], "ops/slack-aaaa": ["a"]}


def test_a_destination_that_is_taken_out_has_its_alerts_told_once_by_those_that_stay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Also where the other one has already sent it."""
    office = before("ops/slack-1f0c", "ops/mailto-9a3e")
    office.owe(news("a"))
    office.work("ops/mailto-9a3e")
    office.owe(news("b"))
    configured(office, "ops/mailto-9a3e")
    assert owed(office) == {"ops/mailto-9a3e": ["b"]}
    assert caplog.text.count("dropped: its route is gone, and it was owed to ops/mailto-9a3e") == 2


def test_what_the_remaining_one_was_never_owed_goes_to_it() -> None:
    office = before("ops/slack-1f0c")
    office.owe(news("a"))
    configured(office, "ops/slack-1f0c", "ops/mailto-9a3e")
    office.owe(news("b"))
    configured(office, "ops/mailto-9a3e")
    assert sorted(owed(office)["ops/mailto-9a3e"], key=str) == ["a", "b"]


def test_three_urls_that_become_one_tell_everything_once() -> None:
    office = before("ops/a-1", "ops/b-2", "ops/c-3")
    office.owe(news("a"))
    office.owe(news("b"))
    configured(office, "ops/d-4")
    assert owed(office) == {"ops/d-4": ["a", "b"]}


def test_a_notifier_that_gets_a_second_url_keeps_what_it_owed() -> None:
    """A notifier with a single destination may have no name for that."""
    office = before("ops")
    office.owe(news("a"))
    configured(office, "ops/one", "ops/two")
    assert owed(office) == {"ops/one": ["a"]}
    configured(office, "ops")
    assert owed(office) == {"ops": ["a"]}


def test_a_notifier_that_is_gone_leaves_its_alerts_to_no_other(
    caplog: pytest.LogCaptureFixture,
) -> None:
    office = before("ops/slack-1", "ops2")
    office.desk.owe(None, news("a"), office.now, but="ops2")
    configured(office, "ops2", "o/slack-1")
    assert owed(office) == {}
    assert "to ops/slack-1: dropped: its notifier is no longer configured" in caplog.text


def test_held_alerts_go_over_too_and_are_told_when_they_would_have_been() -> None:
    office = before("ops/slack-1")
    for number in range(4):
        office.owe(panic(number))
    office.work("ops/slack-1")
    configured(office, "ops/slack-2")
    assert office.work("ops/slack-2") == []
    assert numbers(office.live(HOUR, "ops/slack-2")) == [1, 2, 3]


def test_a_digest_goes_over_with_all_that_it_tells() -> None:
    office = before("ops/slack-1")
    for number in range(4):
        office.owe(panic(number))
    office.work("ops/slack-1")
    office.live(HOUR, "ops/slack-1", lambda _: AGAIN)
    configured(office, "ops/slack-2")
    (sent,) = office.work("ops/slack-2")
    assert numbers([sent]) == [1, 2, 3]
    assert not office.journal.outbox.pending()
    assert {row.route for row in office.rows()[1:]} == {"ops/slack-2"}


def test_a_digest_whose_alerts_another_destination_has_is_told_only_there() -> None:
    office = before("ops/slack-1", "ops/mailto-2")
    for number in range(4):
        office.owe(panic(number))
    for route in ("ops/slack-1", "ops/mailto-2"):
        office.work(route)
    office.live(HOUR, "ops/slack-1", lambda _: AGAIN)
    configured(office, "ops/mailto-2")
    told = office.work("ops/mailto-2")
    assert events(told) == ["digest"]  # and not that the other fails: it is gone
    assert numbers(told) == [1, 2, 3]
    assert not office.journal.outbox.pending()


def test_what_was_set_aside_is_tried_at_once_by_the_new_route() -> None:
    office = before("ops/slack-1")
    office.owe(news("a"))
    office.work("ops/slack-1", lambda _: REFUSED)
    configured(office, "ops/slack-2")
    assert numbers(office.work("ops/slack-2")) == ["a"]


def test_a_route_that_is_gone_fails_no_more() -> None:
    office = before("ops/slack-1", "boss")
    office.owe(news("a"))
    office.live(HOUR, "ops/slack-1", lambda _: AGAIN)
    assert office.journal.conditions.of_kind("route.failing")
    configured(office, "boss")
    assert not office.journal.conditions.of_kind("route.failing")
    assert [row.name for row in office.journal.routes.all()] == ["boss"]
