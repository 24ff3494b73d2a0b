"""Ports are judged by what they hang on; what nobody tells is unknown."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

import pytest

from pipeline.macos.interfaces import Kind, Port, default_router, ports, subnet_of
from tests.macs.fake_mac import FakeMac


def _ports(mac: FakeMac, hardware: str = "mac-mini-m1") -> dict[str, Port]:
    with mac.changed() as state:
        state["hardware"] = hardware
    return {port.device: port for port in ports(mac.machine)}


@pytest.mark.parametrize(
    ("hardware", "expected"),
    [
        (
            "mac-mini-m1",
            {
                "en0": (Kind.BUILT_IN, True),
                "en1": (Kind.WIFI, False),
                "en2": (Kind.THUNDERBOLT_BRIDGE, False),
                "en4": (Kind.USB_DEVICE, False),
                "bridge0": (Kind.VIRTUAL, False),
                "utun0": (Kind.VIRTUAL, False),
            },
        ),
        ("mac-studio", {"en0": (Kind.BUILT_IN, True), "en9": (Kind.THUNDERBOLT, False)}),
        ("macbook-air-m2", {"en7": (Kind.USB, False), "en0": (Kind.WIFI, False)}),
        ("guest", {"en0": (Kind.GUEST, None)}),
        ("mac-mini-2014", {"en0": (Kind.BUILT_IN, True), "en1": (Kind.WIFI, False)}),
        ("imac-pro", {"en0": (Kind.BUILT_IN, True), "en5": (Kind.T2, False)}),
        ("mac-pro-2019", {"en1": (Kind.BUILT_IN, True), "en8": (Kind.PCI_CARD, None)}),
        ("macbook-pro-2015", {"en3": (Kind.APPLE_THUNDERBOLT, True)}),
        (
            "macbook-pro-2018",
            {
                "en6": (Kind.THUNDERBOLT, True),
                "en7": (Kind.THUNDERBOLT, False),
                "en8": (Kind.THUNDERBOLT, True),
                "en9": (Kind.USB, False),
            },
        ),
    ],
)
def test_a_port_is_judged_by_its_ancestors(
    mac: FakeMac, hardware: str, expected: dict[str, tuple[Kind, bool | None]]
) -> None:
    found = _ports(mac, hardware)
    assert {name: (found[name].kind, found[name].can_send) for name in expected} == expected


def test_the_kernel_s_own_debugger_on_a_port_is_the_best_evidence(mac: FakeMac) -> None:
    port = _ports(mac, "mac-mini-m1-debugged")["en0"]
    assert port.can_send
    assert "attached to it now" in port.why


def test_the_reason_names_the_chip(mac: FakeMac) -> None:
    found = _ports(mac, "macbook-pro-2018")
    assert "Aquantia AQC107" in found["en6"].why
    assert "8086:1533" in found["en7"].why


def test_addresses_and_links_come_with_the_ports(mac: FakeMac) -> None:
    found = _ports(mac, "mac-mini-2014")
    port = found["en0"]
    assert [(str(a.ip), a.prefix) for a in port.ipv4] == [("172.20.40.5", 20)]
    assert (port.active, port.wired, port.address_hw) == (True, True, "0c:4d:e9:00:11:22")
    assert found["en1"].wired is False


@pytest.mark.parametrize(("under", "wired"), [("en0", True), ("en1", False), ("en99", False)])
def test_a_bridge_is_wired_where_something_of_it_is(mac: FakeMac, under: str, wired: bool) -> None:
    """A server's address can lie on one; a core cannot be sent through it all the same."""
    mac.answer(
        "ifconfig",
        out=f"bridge100: flags=8863<UP> mtu 1500\n\tmember: {under} flags=3<LEARNING,DISCOVER>\n"
        "\tinet 10.0.40.7 netmask 0xffffff00\n",
    )
    port = _ports(mac)["bridge100"]
    assert (port.wired, port.can_send) == (wired, False)


def test_a_subnet_is_that_of_the_port_s_prefix(mac: FakeMac) -> None:
    port = _ports(mac, "mac-mini-2014")["en0"]
    assert subnet_of(port, IPv4Address("172.20.47.1")) == IPv4Network("172.20.32.0/20")
    assert subnet_of(port, IPv4Address("172.20.48.1")) is None


def test_the_default_router_is_told(mac: FakeMac) -> None:
    assert default_router(mac.machine) == IPv4Address("10.0.40.1")


@pytest.mark.parametrize("router", ["", "link#14", "fe80::1%en0"])
def test_a_route_without_an_ipv4_router_has_none(mac: FakeMac, router: str) -> None:
    with mac.changed() as state:
        state["router"] = router
    assert default_router(mac.machine) is None


def test_without_the_registry_nothing_is_claimed(mac: FakeMac) -> None:
    mac.lose("ioreg")
    port = _ports(mac)["en0"]
    assert (port.kind, port.can_send, port.wired) == (Kind.UNKNOWN, None, None)
    assert "ioreg" in port.why
    assert port.ipv4


def test_a_registry_that_tells_of_no_interface_proves_nothing(mac: FakeMac) -> None:
    """An empty answer with status 0 must not turn every port into software."""
    mac.answer("ioreg", out="")
    assert {port.can_send for port in _ports(mac).values()} == {None}


@pytest.mark.parametrize("junk", ["<plist><array/></plist>", "\0\x1b[31m"])
def test_a_junk_registry_proves_nothing(mac: FakeMac, junk: str) -> None:
    mac.answer("ioreg", out=junk)
    assert {port.can_send for port in _ports(mac).values()} == {None}


def test_without_the_list_of_pci_devices_thunderbolt_is_not_claimed(mac: FakeMac) -> None:
    """What comes through Thunderbolt shows only there: a card and an adapter look alike then."""
    with mac.changed() as state:
        state["ioreg_loses"] = ["IOPCIDevice"]
    found = _ports(mac, "macbook-pro-2018")
    assert found["en6"].can_send is None
    assert found["en9"].can_send is False


def test_without_the_other_programs_the_registry_still_names_ports(mac: FakeMac) -> None:
    mac.lose("networksetup")
    mac.lose("ifconfig")
    port = _ports(mac)["en0"]
    assert (port.can_send, port.active, port.name, port.ipv4) == (True, None, "", ())


def test_a_machine_that_tells_nothing_has_no_ports(mac: FakeMac) -> None:
    for program in ("networksetup", "ifconfig", "ioreg"):
        mac.lose(program)
    assert _ports(mac) == {}
