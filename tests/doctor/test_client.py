"""What doctor says of a Mac that is itself to send its core."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.client.checks import findings
from pipeline.doctor.diagnosis import Question, diagnose
from pipeline.machine import Level
from tests.macs.quick import QuickMac


@pytest.fixture
def mac(tmp_path: Path) -> QuickMac:
    return QuickMac(tmp_path / "mac")


def _told(mac: QuickMac) -> list[tuple[Level, str]]:
    return [
        (finding.level, finding.check)
        for section in diagnose(Question(machine=mac.machine)).sections
        for finding in section.findings
        if finding.check.startswith("client.")
    ]


def test_a_mac_that_sends_nothing_hears_nothing_of_it(mac: QuickMac) -> None:
    assert _told(mac) == []


def test_a_mac_whose_core_cannot_arrive_is_told(mac: QuickMac) -> None:
    with mac.changed() as state:
        state["nvram"] = {"boot-args": "debug=0x4444 _panicd_ip=10.0.40.2 kdp_match_name=en0"}
    assert (Level.FAIL, "client.boot-args") in _told(mac)


def test_a_mac_whose_core_arrives_is_well(mac: QuickMac) -> None:
    with mac.changed() as state:
        state["sip"] = "disabled"
        state["nvram"] = {"boot-args": "debug=0x20c44 _panicd_ip=10.0.40.2 kdp_match_name=en0"}
    assert [finding.level for finding in findings(mac.machine)] == [Level.OK]
