"""The clock, the room and the ports, judged from values."""

from __future__ import annotations

import pytest

from pipeline.doctor.clock import kept, offset, past
from pipeline.doctor.server_facts import port
from pipeline.doctor.space import Volume, findings
from pipeline.machine import Level

_NOW = 1_800_000_000.0


def test_a_clock_after_all_that_is_on_record_is_well() -> None:
    assert past(_NOW, {"the journal": _NOW + 60, "the system": 0}).level is Level.OK


def test_a_clock_before_the_journal_s_newest_entry_fails() -> None:
    found = past(_NOW, {"the journal's newest entry": _NOW + 86400, "the system": _NOW - 1})
    assert found.level is Level.FAIL
    assert "the journal's newest entry is of 2027-01-16" in found.what


def test_a_clock_that_nobody_keeps_is_a_warning_and_an_unknown_one_unknown() -> None:
    levels = [[each.level for each in kept(known, "set it")] for known in (True, False, None)]
    assert levels == [[Level.OK], [Level.WARN], [Level.UNKNOWN]]


@pytest.mark.parametrize(
    ("seconds", "level"),
    [
        (0.1, Level.OK),
        (-29, Level.OK),
        (31, Level.FAIL),
        (-7200, Level.FAIL),
        (None, Level.UNKNOWN),
    ],
)
def test_a_time_server_s_word(seconds: float | None, level: Level) -> None:
    assert offset(seconds, "time.apple.com").level is level


def test_room_is_needed_most_where_dumps_arrive() -> None:
    gib = 1 << 30
    full = Volume(path="/PanicDumps", receives=True, free=gib)
    other = Volume(path="/Users/Shared/PanicPipe", receives=False, free=gib)
    silent = Volume(path="/x", receives=True, free=None)
    found = list(findings([full, other, silent], 10 * gib))
    assert [each.level for each in found] == [Level.FAIL, Level.WARN, Level.UNKNOWN]
    assert found[0].what == "1.0 GiB free in /PanicDumps; it should be 10.0 GiB at least"
    assert [each.level for each in findings([full], gib)] == [Level.OK]
    assert [each.level for each in findings([full], 0)] == [Level.OK]


def test_a_receiver_that_is_expected_must_answer() -> None:
    assert port(1069, True).level is Level.OK
    assert port(1069, None).level is Level.UNKNOWN
    assert port(1069, False).level is Level.FAIL
