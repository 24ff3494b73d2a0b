"""What a Mac tells of itself that its boot-args are judged by."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from pipeline.bootargs.surroundings import NOWHERE
from pipeline.client.surveying import surroundings
from pipeline.machine import Machine
from tests.client.macs import have
from tests.macs.fake_mac import FakeMac


def test_a_mac_tells_its_kind_its_protection_and_its_ports(mac: FakeMac) -> None:
    have(mac, hardware="macbook-pro-2018", sip="disabled", sysctl={"hw.optional.arm64": None})
    found = surroundings(mac.machine)
    assert (found.apple_silicon, found.sip, found.debugging) == (False, False, True)
    assert found.interfaces is not None
    port = found.interfaces["en6"]
    assert port.can_send
    assert port.addresses == {IPv4Address("10.0.40.15"): IPv4Network("10.0.40.0/24")}
    assert found.interfaces["en9"].can_send is False
    assert "USB" in found.interfaces["en9"].why


def test_a_mac_that_tells_nothing_is_unknown_and_has_not_no_ports(mac: FakeMac) -> None:
    for program in ("sysctl", "csrutil", "ioreg", "networksetup", "ifconfig"):
        mac.lose(program)
    assert surroundings(mac.machine) == NOWHERE


def test_of_another_machine_nothing_is_known(mac: FakeMac) -> None:
    assert surroundings(Machine(mac.root, "linux")) == NOWHERE
    assert not mac.calls
