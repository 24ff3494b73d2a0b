"""Interfaces as the network stack has them."""

from __future__ import annotations

import pytest

from pipeline.macos.ifconfig import interfaces
from tests.macs.fake_mac import FakeMac

_EN0 = "en0: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500\n"


def _addresses(mac: FakeMac, lines: str) -> list[str]:
    mac.answer("ifconfig", out=_EN0 + lines)
    return [f"{address.ip}/{address.prefix}" for address in interfaces(mac.machine)["en0"].ipv4]


def test_addresses_links_and_hardware_addresses_are_told(mac: FakeMac) -> None:
    found = interfaces(mac.machine)
    assert list(found)[:4] == ["lo0", "gif0", "stf0", "utun0"]
    assert found["en0"].address_hw == "a8:20:66:00:11:22"
    assert (found["en0"].active, found["en1"].active, found["lo0"].active) == (True, False, None)


def test_one_port_can_have_several_addresses(mac: FakeMac) -> None:
    lines = (
        "\tinet 10.0.40.7 netmask 0xffffff00 broadcast 10.0.40.255\n"
        "\tinet 172.16.0.9 netmask 0xfffff000 broadcast 172.16.15.255\n"
    )
    assert _addresses(mac, lines) == ["10.0.40.7/24", "172.16.0.9/20"]


def test_a_tunnel_s_own_address_is_the_first(mac: FakeMac) -> None:
    assert _addresses(mac, "\tinet 10.8.0.6 --> 10.8.0.5 netmask 0xffffffff\n") == ["10.8.0.6/32"]


@pytest.mark.parametrize(
    "line",
    [
        "\tinet6 fe80::1%en0 prefixlen 64 scopeid 0x4\n",
        "\tinet 10.0.40.999 netmask 0xffffff00\n",
        "\tinet 10.0.40.7 netmask 0xff00ff00\n",
        "\tinet 10.0.40.7\n",
        "\tinet junk netmask 0xffffff00\n",
    ],
)
def test_no_ipv4_address_is_none(mac: FakeMac, line: str) -> None:
    assert _addresses(mac, line) == []


def test_a_bridge_s_members_are_no_interfaces(mac: FakeMac) -> None:
    mac.answer(
        "ifconfig",
        out="bridge0: flags=8863<UP> mtu 1500\n\tConfiguration:\n"
        "\t\tid 0:0:0:0:0:0 priority 0 hellotime 0 fwddelay 0\n"
        "\tmember: en2 flags=3<LEARNING,DISCOVER>\n"
        "\t        ifmaxaddr 0 port 6 priority 0 path cost 0\n\tstatus: inactive\n",
    )
    found = interfaces(mac.machine)
    assert list(found) == ["bridge0"]
    assert found["bridge0"].over == ("en2",)


def test_a_vlan_and_a_bond_tell_what_they_are_made_of(mac: FakeMac) -> None:
    mac.answer(
        "ifconfig",
        out="vlan0: flags=8843<UP> mtu 1500\n\tvlan: 40 parent interface: en0\n"
        "bond0: flags=8843<UP> mtu 1500\n\tbond interfaces: en3 en4\n",
    )
    found = interfaces(mac.machine)
    assert (found["vlan0"].over, found["bond0"].over) == (("en0",), ("en3", "en4"))


@pytest.mark.parametrize("junk", ["", "junk\n\tinet 1.2.3.4 netmask 0xff000000\n", "\0\xff: flags"])
def test_junk_is_no_interface(mac: FakeMac, junk: str) -> None:
    mac.answer("ifconfig", out=junk)
    assert interfaces(mac.machine) == {}
