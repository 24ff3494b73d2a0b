"""`panicpipe client interfaces`: a table, one sentence of advice, and JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from pipeline.cli.client_interfaces import interfaces
from pipeline.errors import MachineError
from tests.macs.fake_mac import FakeMac


def _run(mac: FakeMac, hardware: str, *arguments: str) -> Result:
    with mac.changed() as state:
        state["hardware"] = hardware
    return CliRunner().invoke(interfaces, ["--root", str(mac.root), *arguments])


def test_the_table_says_of_each_port_whether_and_why(mac: FakeMac) -> None:
    lines = _run(mac, "macbook-pro-2018").output.splitlines()
    assert lines[0].split() == ["Port", "Name", "Link", "Address", "Core", "Why"]
    assert lines[1].endswith("yes   Thunderbolt Ethernet with Aquantia AQC107")
    assert "no" in lines[2].split()
    assert "8086:1533" in lines[2]


def test_what_software_made_stands_apart(mac: FakeMac) -> None:
    output = _run(mac, "imac-pro").output
    assert "Made by software, and never able to: lo0, gif0, stf0, utun0" in output


@pytest.mark.parametrize(
    ("hardware", "advice"),
    [
        ("mac-mini-m1", "Use en0: `panicpipe client args --server ADDRESS --interface en0`"),
        ("macbook-pro-2018", "Use en6: "),
        ("mac-studio", "--interface en0` (no cable is connected to it)"),
        ("macbook-air-m2", "a Mac without it cannot send one"),
        ("guest", "No port is known to send a core."),
    ],
)
def test_the_last_line_says_what_to_do(mac: FakeMac, hardware: str, advice: str) -> None:
    assert advice in _run(mac, hardware).output.splitlines()[-1]


def test_an_intel_mac_with_wi_fi_alone_is_told_what_to_buy(mac: FakeMac) -> None:
    with mac.changed() as state:
        state["ioreg_without"] = ["en3"]
    mac.answer("ifconfig")
    mac.answer("networksetup")
    last = _run(mac, "macbook-pro-2015").output.splitlines()[-1]
    assert "Thunderbolt to Gigabit Ethernet Adapter" in last


def test_json_has_one_object_a_port(mac: FakeMac) -> None:
    output = _run(mac, "macbook-pro-2018", "--json").output
    ports = {port["device"]: port for port in map(json.loads, output.splitlines())}
    assert (ports["en6"]["can_send"], ports["en9"]["can_send"]) == (True, False)
    assert ports["en6"]["ipv4"] == ["10.0.40.15/24"]
    assert ports["en6"]["kind"] == "thunderbolt"


def test_unknown_is_null_and_said_so(mac: FakeMac) -> None:
    mac.lose("ioreg")
    first, *_ = map(json.loads, _run(mac, "imac-pro", "--json").output.splitlines())
    assert (first["can_send"], first["wired"], first["kind"]) == (None, None, "unknown")
    assert "unknown" in _run(mac, "imac-pro").output


def test_a_hostile_name_is_shown_escaped(mac: FakeMac) -> None:
    mac.answer(
        "networksetup",
        out="Hardware Port: \x1b[31mLAN\x07\nDevice: en0\nEthernet Address: N/A\n\n",
    )
    output = _run(mac, "imac-pro").output
    assert "\x1b" not in output
    assert "\\x1b[31mLAN\\x07" in output


def test_a_mac_that_tells_nothing_is_one_line(mac: FakeMac) -> None:
    for program in ("ioreg", "networksetup", "ifconfig"):
        mac.lose(program)
    error = _run(mac, "imac-pro").exception
    assert isinstance(error, MachineError)
    assert "networksetup -listallhardwareports" in str(error)


def test_elsewhere_than_on_a_mac_it_says_so(tmp_path: Path) -> None:
    error = CliRunner().invoke(interfaces, ["--root", str(tmp_path)]).exception
    assert isinstance(error, MachineError)
    assert "no Mac" in str(error)
