"""The last dump, and what is owed for all of them."""

from __future__ import annotations

from pipeline.doctor.dumps import alerts, archive, last_dump, parked
from pipeline.journal.rows import RouteRow, State
from pipeline.machine import Level
from pipeline.model import Verdict
from tests.doctor.rows import dump, judged, owed


def test_no_dump_ever_is_said_and_no_fault() -> None:
    found = last_dump(None)
    assert (found.level, found.what) == (Level.OK, "no dump has come yet")


def test_a_whole_dump_is_well() -> None:
    found = last_dump(dump(inspection=judged(Verdict.COMPLETE)))
    assert found.level is Level.OK
    assert found.what.endswith("1f0c3a9e.gz: complete")


def test_a_dump_that_was_cut_short_is_shown_with_its_reason() -> None:
    found = last_dump(dump(7, inspection=judged(Verdict.TRUNCATED, "stops at 3 MiB")))
    assert found.level is Level.WARN
    assert "truncated: stops at 3 MiB" in found.what
    assert found.remedy == "sudo panicpipe show 7"


def test_a_dump_that_is_coming_is_well() -> None:
    assert last_dump(dump(state=State.ARRIVING)).what.endswith(": arriving")


def test_a_hostile_name_is_cut_and_escaped() -> None:
    found = last_dump(dump(raw_name=b"\x1b[2J\n" + b"x" * 300, state=State.ARRIVING))
    assert "\x1b" not in found.what
    assert "\\x1b[2J" in found.what
    assert len(found.what) < 120


def test_parked_dumps_need_somebody() -> None:
    assert parked([]).level is Level.OK
    found = parked([dump(9, reason="later"), dump(4, reason="no room")])
    assert found.level is Level.WARN
    assert "2 dumps parked" in found.what
    assert "dump 4: no room" in found.what
    assert (found.remedy or "").endswith("sudo panicpipe retry 4")


def test_what_is_owed_to_the_archive_is_a_fault_once_it_was_tried_in_vain() -> None:
    assert archive([], has_archive=True).what == "every dump is archived"
    assert archive([], has_archive=False).what == "no archive is configured"
    waiting = dump(state=State.ARCHIVING, announced=5.0)
    assert archive([waiting], has_archive=True).level is Level.OK
    failed = dump(state=State.ARCHIVING, announced=5.0, reason="s3.lab cannot be reached")
    found = archive([waiting, failed], has_archive=True)
    assert found.level is Level.WARN
    assert "s3.lab cannot be reached" in found.what


def test_a_route_that_fails_is_a_warning_while_another_works() -> None:
    works = RouteRow(name="ops")
    fails = RouteRow(name="mail", failing_since=9.0, failures=4, error="Connection refused")
    levels = {each.check: each.level for each in alerts([], [works, fails])}
    assert levels == {"owed.routes": Level.WARN, "owed.alerts": Level.OK}
    (first, _) = alerts([], [fails])
    assert first.level is Level.FAIL
    assert "Connection refused" in first.what
    assert first.remedy == "sudo panicpipe alert test 'mail'"


def test_alerts_that_are_set_aside_or_failed_are_told() -> None:
    (fresh,) = alerts([owed()], [])
    assert fresh.level is Level.OK
    (failed,) = alerts([owed(), owed(2, attempts=2, error="HTTP 500")], [])
    assert (failed.level, failed.remedy) == (Level.WARN, "sudo panicpipe alert pending")
    assert "2 alerts owed" in failed.what
    (aside,) = alerts([owed(attempts=3, aside=3, error="HTTP 400")], [])
    assert aside.level is Level.WARN
    assert "1 set aside: HTTP 400" in aside.what
