"""The Mac to rehearse on is itself what it says."""

from __future__ import annotations

from pathlib import Path

from pipeline.machine import this_machine
from tests.macs.fake_mac import FakeMac


def test_it_is_taken_for_a_mac(mac: FakeMac) -> None:
    assert this_machine(mac.root).mac


def test_its_programs_answer_and_are_recorded(mac: FakeMac) -> None:
    answer = mac.machine.run("/usr/bin/sw_vers", "-productVersion")
    assert (answer.status, answer.out, answer.err) == (0, "15.4\n", "")
    assert mac.calls == [["/usr/bin/sw_vers", "-productVersion"]]


def test_an_answer_can_be_given_to_it(mac: FakeMac) -> None:
    mac.answer("sw_vers", err="no\n", status=3)
    answer = mac.machine.run("/usr/bin/sw_vers")
    assert (answer.status, answer.out, answer.said) == (3, "", "no")


def test_a_scratch_root_without_a_mac_s_mark_is_linux(tmp_path: Path) -> None:
    assert not this_machine(tmp_path).mac
