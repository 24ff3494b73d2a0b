"""Who holds a UDP port, as lsof tells it to root."""

from __future__ import annotations

import pytest

from pipeline.macos.listening import Holder, holders
from tests.macs.fake_mac import FakeMac

HEAD = "COMMAND   PID   USER   FD   TYPE             DEVICE SIZE/OFF NODE NAME\n"
LAUNCHD = "launchd     1   root   34u  IPv4 0x5ad26e2f1a3b0f11      0t0  UDP *:1069\n"
KDUMPD = "kdumpd  39812 nobody    0u  IPv4 0x5ad26e2f1a3b0f11      0t0  UDP *:1069\n"


def test_launchd_holds_the_port_for_a_loaded_job(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["launchd"] = {"jobs": {"com.apple.kdumpd": {"sockets": ["1069"]}}}
    assert holders(mac.machine, 1069) == (Holder(command="launchd", pid=1, address="*"),)
    assert mac.calls == [["/usr/sbin/lsof", "-nP", "-iUDP:1069"]]


def test_nobody_is_told_by_saying_nothing(mac: FakeMac) -> None:
    assert holders(mac.machine, 1069) == ()


def test_a_transfer_under_way_and_a_stranger_are_told_as_well(mac: FakeMac) -> None:
    stranger = "tftp\\x20d 812 ann 5u IPv4 0x1 0t0 UDP 10.0.40.2:1069\n"
    mac.answer("lsof", out=HEAD + LAUNCHD + KDUMPD + stranger)
    found = holders(mac.machine, 1069)
    assert found is not None
    assert [(holder.pid, holder.address) for holder in found] == [
        (1, "*"),
        (39812, "*"),
        (812, "10.0.40.2"),
    ]
    assert [holder.is_launchd for holder in found] == [True, False, False]


def test_what_takes_no_ipv4_does_not_count(mac: FakeMac) -> None:
    mac.answer("lsof", out=HEAD + LAUNCHD.replace("IPv4", "IPv6"))
    assert holders(mac.machine, 1069) == ()


@pytest.mark.parametrize("out", ["garbage\n", "garbage\x1b[2J\nmore 1 2 3 4 5 6 7 8:1069\n"])
def test_what_cannot_be_read_is_unknown(mac: FakeMac, out: str) -> None:
    mac.answer("lsof", out=out)
    assert holders(mac.machine, 1069) is None


@pytest.mark.parametrize(
    "line", ["launchd x root", "", "a b c d e f g h i", "a ² c d IPv4 f g h *:1069"]
)
def test_lines_that_cannot_be_read_are_passed_over(mac: FakeMac, line: str) -> None:
    mac.answer("lsof", out=f"{HEAD}{line}\n{LAUNCHD}")
    assert holders(mac.machine, 1069) == (Holder(command="launchd", pid=1, address="*"),)


@pytest.mark.parametrize(("err", "status"), [("lsof: can't stat\n", 1), ("", 2), ("", -9)])
def test_a_failure_is_unknown_and_not_nobody(mac: FakeMac, err: str, status: int) -> None:
    mac.answer("lsof", err=err, status=status)
    assert holders(mac.machine, 1069) is None


def test_without_lsof_nobody_knows(mac: FakeMac) -> None:
    mac.lose("lsof")
    assert holders(mac.machine, 1069) is None
