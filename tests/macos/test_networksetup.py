"""The network settings' ports, whatever people call them."""

from __future__ import annotations

import pytest

from pipeline.macos.networksetup import hardware_ports
from tests.macs.fake_mac import FakeMac


def test_ports_come_in_the_order_of_the_settings(mac: FakeMac) -> None:
    found = hardware_ports(mac.machine)
    assert [(port.name, port.device) for port in found][:3] == [
        ("Ethernet", "en0"),
        ("Wi-Fi", "en1"),
        ("Thunderbolt 1", "en2"),
    ]
    assert found[0].address_hw == "a8:20:66:00:11:22"


def test_a_name_may_have_colons_and_brackets(mac: FakeMac) -> None:
    mac.answer(
        "networksetup",
        out="\nHardware Port: Dock: LAN (en7)\nDevice: en7\nEthernet Address: N/A\n"
        "\nVLAN Configurations\n===================\n",
    )
    (port,) = hardware_ports(mac.machine)
    assert (port.name, port.device, port.address_hw) == ("Dock: LAN (en7)", "en7", None)


@pytest.mark.parametrize(
    "junk",
    ["", "junk", "Device: en0\n", "Hardware Port: A\n\nHardware Port: B\n", "Hardware Port: \n"],
)
def test_junk_is_no_port(mac: FakeMac, junk: str) -> None:
    mac.answer("networksetup", out=junk)
    assert hardware_ports(mac.machine) == ()


def test_a_vlan_behind_the_ports_is_none_of_them(mac: FakeMac) -> None:
    mac.answer(
        "networksetup",
        out="Hardware Port: Ethernet\nDevice: en0\nEthernet Address: a8:20:66:00:11:22\n\n"
        "VLAN Configurations\n===================\n\n"
        'VLAN User Defined Name: lab\nParent Device: en0\nDevice ("Hardware" Port): vlan0\n'
        "Tag: 40\n",
    )
    assert [port.device for port in hardware_ports(mac.machine)] == ["en0"]


def test_an_error_is_no_list(mac: FakeMac) -> None:
    mac.answer("networksetup", out="Hardware Port: A\nDevice: en0\n", status=4)
    assert hardware_ports(mac.machine) == ()
