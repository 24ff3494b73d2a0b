"""Traps of the server's address and port, of subnets, and of the interface that sends."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address

import pytest

from pipeline.bootargs.surroundings import Interface, Surroundings
from tests.bootargs.trapped import FAR, GOOD, INTEL, MAC, codes, found


@pytest.mark.parametrize("address", ["10.0.40.2", "192.168.178.123", "1.1.1.1"])
def test_an_ipv4_address_will_do(address: str) -> None:
    assert not codes(f"debug=0x20c44 _panicd_ip={address}", INTEL)


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("", "not an IPv4 address, such as"),
        ("server.example.org", "knows no names"),
        ("10.0.40", "not an IPv4 address"),
        ("10.0.40.02", "without zeros before them"),
        ("10.0.40.256", "0 to 255"),
        ("fe80::1", "an IPv6 address"),
        ("[fe80::1]", "an IPv6 address"),
        ("fe80::1%en0", "an IPv6 address"),
        ("::ffff:10.0.40.2", "an IPv6 address"),
        ("127.0.0.1", "no machine can have"),
        ("0.0.0.0", "no machine can have"),
        ("224.0.0.1", "no machine can have"),
        ("255.255.255.255", "no machine can have"),
        ("10.0.40.2,", "not an IPv4 address"),
        ("\u0661.\u0661.\u0661.\u0661", "not an IPv4 address"),
    ],
)
def test_anything_else_will_not(address: str, why: str) -> None:
    (trap,) = (
        trap
        for trap in found(f"debug=0x20c44 _panicd_ip={address}", INTEL)
        if trap.code == "server.address"
    )
    assert trap.fatal
    assert why in trap.what


def test_the_longest_address_is_shorter_than_what_the_kernel_copies() -> None:
    """It copies 16 characters; so no address needs a trap of its own."""
    assert len(str(IPv4Address("255.255.255.255"))) < 16


@pytest.mark.parametrize(
    ("port", "expected"),
    [
        ("1069", []),
        ("0x42d", []),
        ("2000", ["server.port-other"]),
        ("0", ["server.port"]),
        ("65536", ["server.port"]),
        ("-1", ["server.port"]),
        ("x", ["server.port"]),
        ("", ["server.port"]),
    ],
)
def test_a_port_is_read_as_the_kernel_reads_numbers(port: str, expected: list[str]) -> None:
    assert codes(f"{GOOD} panicd_port={port}") == expected


@pytest.mark.parametrize(
    ("mac", "expected"),
    [
        (Surroundings(apple_silicon=True), [("interface.unnamed", True)]),
        (Surroundings(apple_silicon=None), [("interface.unnamed", False)]),
        (Surroundings(apple_silicon=False), []),
    ],
)
@pytest.mark.parametrize("more", ["", " kdp_match_mac=a82066001122"])
def test_apple_silicon_needs_the_interface_by_its_name(
    mac: Surroundings, expected: list[tuple[str, bool]], more: str
) -> None:
    """The kernel there looks for kdp_match_name alone."""
    text = f"debug=0x20c44 _panicd_ip=10.0.40.2{more}"
    assert [(trap.code, trap.fatal) for trap in found(text, mac)] == expected


def test_of_two_interfaces_the_last_one_is_judged() -> None:
    assert "interface.cannot-send" in codes(f"{GOOD} kdp_match_name=en1")
    assert codes(f"kdp_match_name=en1 {GOOD}") == ["form.twice"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FAR.replace("10.9.9.9", "10.0.40.200"), []),
        (f"{FAR} _router_ip=10.0.40.1", []),
        (f"{FAR} _router_ip=", ["server.no-router", "server.router-empty"]),
        (FAR.replace("10.9.9.9", "172.16.0.2"), ["server.no-router"]),
        (FAR.replace(" kdp_match_name=en0", ""), ["interface.unnamed", "server.no-router"]),
    ],
)
def test_the_subnet_is_that_of_the_interface_which_sends(text: str, expected: list[str]) -> None:
    assert sorted(codes(text)) == expected


def test_where_no_subnet_is_known_nothing_is_said_of_it() -> None:
    without = replace(MAC, interfaces={"en0": Interface(can_send=True, why="")})
    assert not found(FAR, without)
    assert not found(FAR, INTEL)
