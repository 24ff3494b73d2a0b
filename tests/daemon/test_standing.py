"""What stands until it is over: told at once, daily, and at its end, whatever the clock does."""

from __future__ import annotations

import pytest

from pipeline.daemon.standing import Standing
from pipeline.journal import Journal
from pipeline.model import Alert
from tests.daemon.desks import Remembering

DAY, NOW = 86400.0, 1_800_000_000.0
NAME = "server.down:1069"


class Case:
    """One condition, and what was told of it."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.journal = journal or Journal.in_memory()
        self.desk = Remembering(self.journal)
        self.standing = Standing(self.journal, self.desk)

    def holds(self, now: float, text: str = "down") -> bool:
        return self.standing.holds(NAME, text, lambda since: _alert("down", since), now)

    def over(self, now: float) -> bool:
        return self.standing.over(NAME, lambda since: _alert("up", since), now)

    def told(self) -> list[tuple[str, float]]:
        """What was told, with how many days before `NOW` or after it began."""
        return [(each.what, (each.facts["since"] - NOW) / DAY) for each in self.desk.told]


def _alert(what: str, since: float) -> Alert:
    return Alert(event=what, what=what, facts={"since": since})


@pytest.fixture
def case() -> Case:
    return Case()


def test_it_is_told_at_once_every_day_and_at_its_end(case: Case) -> None:
    told = [case.holds(NOW + hours * 3600) for hours in (0, 1, 23.9, 24, 25, 48)]
    assert told == [True, False, False, True, False, True]
    assert case.over(NOW + 3 * DAY)
    assert not case.over(NOW + 4 * DAY)
    assert case.told() == [("down", 0.0)] * 3 + [("up", 0.0)]


def test_what_never_held_is_not_over(case: Case) -> None:
    assert not case.over(NOW)
    assert case.told() == []


def test_status_knows_since_when_and_what_is_so_now(case: Case) -> None:
    case.holds(NOW, "2 GiB")
    case.holds(NOW + 1.5 * DAY, "1 GiB")
    (known,) = case.journal.conditions.of_kind("server.down")
    assert (known.since, known.text) == (NOW, "1 GiB")


def test_another_run_goes_on_where_this_one_was(case: Case) -> None:
    case.holds(NOW)
    again = Case(case.journal)
    assert not again.holds(NOW + DAY / 2)
    assert again.holds(NOW + DAY)
    assert again.over(NOW + DAY)


def test_a_clock_set_back_brings_no_alert_and_keeps_none_away_for_more_than_a_day(
    case: Case,
) -> None:
    case.holds(NOW)
    assert not case.holds(NOW - 30 * DAY)
    assert case.holds(NOW - 29 * DAY)
    assert case.told()[-1] == ("down", -30.0)
    case.over(NOW - 40 * DAY)
    assert case.told()[-1] == ("up", -40.0)


def test_a_clock_set_forward_brings_one_alert(case: Case) -> None:
    case.holds(NOW)
    assert [case.holds(NOW + 400 * DAY + second) for second in range(3)] == [True, False, False]


def test_what_nobody_asks_about_any_more_is_forgotten_and_told_anew(case: Case) -> None:
    case.holds(NOW)
    case.standing.forget(NAME)
    assert case.journal.conditions.of_kind("server.down") == []
    assert not case.over(NOW)
    assert case.holds(NOW + 1)
    assert case.told()[-1][1] > 0


def test_what_an_older_panicpipe_told_is_not_told_again_at_once(case: Case) -> None:
    """It had one time for both, that of the last alert."""
    case.journal.conditions.put(NAME, NOW, "down")
    assert not case.holds(NOW + DAY / 2)
    assert case.holds(NOW + DAY)


def test_what_cannot_be_owed_is_not_on_record_as_told(case: Case) -> None:
    def fails(since: float) -> Alert:
        raise LookupError(since)

    for act in (
        case.standing.holds,
        lambda name, _, tell, now: case.standing.over(name, tell, now),
    ):
        with pytest.raises(LookupError):
            act(NAME, "down", fails, NOW)
        case.holds(NOW)
    assert case.told() == [("down", 0.0)]
