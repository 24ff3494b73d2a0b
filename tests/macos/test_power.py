"""Sleep settings on mains power, in the form of real Macs; what nobody tells is unknown."""

from __future__ import annotations

import pytest

from pipeline.macos.power import Power, power
from tests.macs.fake_mac import FakeMac

UNKNOWN = Power()
LAPTOP = """\
Battery Power:
 Sleep On Power Button 1
 lowpowermode         1
 standby              1
 ttyskeepawake        1
 hibernatemode        3
 powernap             0
 hibernatefile        /var/vm/sleepimage
 displaysleep         2
 womp                 0
 networkoversleep     0
 sleep                1
 lessbright           1
 tcpkeepalive         1
 disksleep            10
AC Power:
 Sleep On Power Button 1
 lowpowermode         0
 standby              1
 ttyskeepawake        1
 hibernatemode        3
 powernap             1
 hibernatefile        /var/vm/sleepimage
 displaysleep         10
 womp                 1
 networkoversleep     0
 sleep                0
 tcpkeepalive         1
 disksleep            10
UPS Power:
 sleep                5
"""
WITH_REMARKS = """\
AC Power:
 sleep                1 (sleep prevented by sharingd, powerd, caffeinate)
 Sleep On Power Button 1
 autorestart          0
 disksleep            10 (imposed by 3)
"""


def test_a_server_that_stays_awake(mac: FakeMac) -> None:
    assert power(mac.machine) == Power(sleep=0, disk_sleep=0, autorestart=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (LAPTOP, Power(sleep=0, disk_sleep=10, autorestart=None)),
        (WITH_REMARKS, Power(sleep=1, disk_sleep=10, autorestart=False)),
    ],
)
def test_only_mains_power_counts_and_remarks_do_not(
    mac: FakeMac, text: str, expected: Power
) -> None:
    mac.answer("pmset", out=text)
    assert power(mac.machine) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "AC Power:\n",
        "AC Power:\n sleep\n sleep never\n autorestart -1\n \n",
        "Battery Power:\n sleep 0\n",
        "sleep 0\n",
        " sleep 0\n",
        "\x1b[2J\x00\n \x85\n",
    ],
)
def test_what_cannot_be_read_is_unknown(mac: FakeMac, text: str) -> None:
    mac.answer("pmset", out=text)
    assert power(mac.machine) == UNKNOWN


def test_a_failure_is_unknown_whatever_was_said(mac: FakeMac) -> None:
    mac.answer("pmset", out=WITH_REMARKS, status=1)
    assert power(mac.machine) == UNKNOWN
    mac.lose("pmset")
    assert power(mac.machine) == UNKNOWN
