"""What all checks come to, how they are run, and how the page looks."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import pytest

from pipeline.cli.doctor_text import page
from pipeline.doctor import hurried
from pipeline.doctor.examining import Check, examine, within
from pipeline.doctor.hurried import HurriedMachine
from pipeline.doctor.report import Report, Section
from pipeline.doctor.wording import fail, ok, unknown, warn
from pipeline.errors import ExitCode, MachineError
from pipeline.machine import Finding, Level
from tests.macs.fake_mac import FakeMac


def _report(*findings: Finding, needs_root: bool = False, bugs: tuple[str, ...] = ()) -> Report:
    sections = (Section(title="Service", findings=findings),) if findings else ()
    return Report(version="1", sections=sections, needs_root=needs_root, bugs=bugs)


_OK, _UNKNOWN, _WARN, _FAIL = ok("a", "x"), unknown("b", "x"), warn("c", "x"), fail("d", "x", "do")


@pytest.mark.parametrize(
    ("report", "code"),
    [
        (_report(_OK), ExitCode.OK),
        (_report(_OK, _UNKNOWN), ExitCode.OK),
        (_report(_OK, _WARN, _UNKNOWN), ExitCode.WARNED),
        (_report(_WARN, _FAIL), ExitCode.UNHEALTHY),
        (_report(_OK, needs_root=True), ExitCode.WARNED),
        (_report(_OK, bugs=("x",)), ExitCode.WARNED),
        (_report(), ExitCode.WARNED),
    ],
)
def test_the_exit_code_tells_the_worst_and_a_look_that_was_not_whole(
    report: Report, code: ExitCode
) -> None:
    assert report.exit_code is code


def test_its_json_says_all_of_it() -> None:
    assert json.loads(json.dumps(_report(_OK, _FAIL).value())) == {
        "level": "fail",
        "version": "1",
        "needs_root": False,
        "checks": [
            {"check": "a", "level": "ok", "what": "x", "remedy": None},
            {"check": "d", "level": "fail", "what": "x", "remedy": "do"},
        ],
    }


def test_the_page_is_aligned_and_names_what_mends_a_fault() -> None:
    lines = [line.text for line in page(_report(_OK, _FAIL), online=False, width=None)]
    assert lines == [
        "Service  ok       x",
        "         FAIL     x",
        "                  -> do",
        "",
        "Dumps, or news of them, get lost: 2 checks, 1 FAIL. `--online` also tries what is "
        "elsewhere.",
    ]


def test_without_root_the_page_ends_with_sudo() -> None:
    *_, last = page(_report(_OK, needs_root=True), online=False, width=None)
    assert last.text.endswith("Use sudo: only root sees all of it.")


def test_a_check_that_fails_keeps_what_it_told_and_no_other_from_telling() -> None:
    def broken() -> Iterator[Finding]:
        yield _OK
        raise KeyError("\x1b[2J")

    bad, good = examine([Check(name="x", look=broken), Check(name="y", look=lambda: [_WARN])], 9)
    assert good.findings == (_WARN,)
    assert bad.findings[0] == _OK
    assert (bad.findings[1].check, bad.findings[1].level) == ("x.failed", Level.UNKNOWN)
    assert bad.findings[1].what == "this check failed: KeyError: '\\x1b[2J'"
    assert "in broken" in (bad.bug or "")


def test_a_check_that_hangs_is_left_alone_after_a_while() -> None:
    forever = threading.Event()

    def hangs() -> Iterator[Finding]:
        yield _OK
        forever.wait()

    told, other = examine([Check(name="x", look=hangs), Check(name="y", look=lambda: [_OK])], 0.3)
    forever.set()
    assert [each.check for each in told.findings] == ["a", "x.failed"]
    assert other.findings == (_OK,)


def test_work_is_waited_for_no_longer_than_it_may_take() -> None:
    forever = threading.Event()
    with pytest.raises(TimeoutError):
        within(0.1, forever.wait)
    forever.set()
    assert within(9, lambda: 3) == 3
    with pytest.raises(ZeroDivisionError):
        within(9, lambda: 1 // 0)


def test_a_program_is_not_asked_where_no_time_is_left(mac: FakeMac) -> None:
    machine = HurriedMachine.of(mac.machine, -1)
    with pytest.raises(MachineError, match="no time left"):
        machine.run("/usr/bin/sw_vers")
    assert HurriedMachine.of(mac.machine, 60).run("/usr/bin/sw_vers", "-productVersion").out
    assert len(mac.calls) == 1


def test_a_program_gets_no_more_time_than_the_doctor_has(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hurried, "_LONGEST", 0.2)
    mac.machine.place("/usr/bin/sw_vers").write_text("#!/bin/sh\nexec sleep 1000\n")
    with pytest.raises(MachineError, match="no answer within 0 s"):
        HurriedMachine.of(mac.machine, 60).run("/usr/bin/sw_vers", patience=3)
