"""What `server status` and `doctor` find: each thing that keeps dumps away."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.kdumpd import APPLE, OURS
from pipeline.machine import Level, Machine
from pipeline.server.checks import findings
from tests.macs.fake_mac import PROGRAMS, FakeMac
from tests.server.macs import (
    ANN,
    DUMPS,
    NOBODY,
    OTHER,
    amiss,
    found,
    make,
    receives,
    root_only,
    undone,
)

pytestmark = root_only


@pytest.fixture
def server(mac: FakeMac) -> FakeMac:
    receives(mac)
    return mac


def changed(mac: FakeMac, **values: Any) -> None:
    with mac.changed() as state:
        state.update(values)


def test_all_is_well_after_setup(server: FakeMac) -> None:
    assert amiss(server) == {}
    told = found(server)
    assert told["server.kdumpd"].what.endswith("(launchctl list: - 0 com.apple.kdumpd)")
    assert DUMPS in told["server.directory"].what
    assert "10.0.40.2 (Ethernet, en0, by DHCP: have it reserved)" in told["server.interfaces"].what


def test_as_shipped_nothing_is_received(mac: FakeMac) -> None:
    told = found(mac)
    down = {name for name, each in told.items() if each.level is Level.FAIL}
    assert down == {"server.kdumpd", "server.port", "server.directory"}
    assert {told[name].remedy for name in down} == {"sudo panicpipe server setup"}


def test_an_override_that_was_dropped_at_boot_is_seen(server: FakeMac) -> None:
    changed(server, launchd={"jobs": {}, "overrides": {}})
    assert amiss(server) == {"server.kdumpd": Level.FAIL, "server.port": Level.FAIL}


def test_one_that_is_gone_after_the_next_restart_is_a_warning(server: FakeMac) -> None:
    with server.changed() as state:
        state["launchd"]["overrides"][APPLE] = True
    assert amiss(server) == {"server.kdumpd": Level.WARN}
    assert found(server)["server.kdumpd"].remedy == f"sudo launchctl enable system/{APPLE}"


def test_two_servers_are_one_too_many(server: FakeMac) -> None:
    receives(server, OTHER)
    with server.changed() as state:
        state["launchd"]["overrides"][APPLE] = False
    told = found(server)["server.kdumpd"]
    assert told.level is Level.WARN
    assert f"sudo launchctl disable system/{APPLE}" in (told.remedy or "")


def test_a_port_that_somebody_else_holds(mac: FakeMac) -> None:
    line = "in.tftpd 77 root 3u IPv4 0x1 0t0 UDP *:1069"
    changed(mac, lsof=[line])
    told = found(mac)["server.port"]
    assert told.level is Level.FAIL
    assert "in.tftpd (process 77)" in told.what


@pytest.mark.parametrize(
    ("owner", "mode", "level", "words"),
    [
        (ANN, 0o1777, Level.WARN, "belongs to uid 501"),
        (NOBODY, 0o1777, Level.WARN, "belongs to uid 4294967294"),
        (0, 0o777, Level.WARN, "anybody can delete"),
        (0, 0o755, Level.FAIL, "kdumpd, as user nobody, cannot write"),
        (0, 0o1773, Level.OK, "mode 1773"),
    ],
)
def test_owner_and_mode_of_the_directory(
    server: FakeMac, owner: int, mode: int, level: Level, words: str
) -> None:
    place = server.machine.place(DUMPS)
    os.chown(place, owner, 0)
    place.chmod(mode)
    told = found(server)["server.directory"]
    assert told.level is level
    assert words in told.what


def test_a_directory_that_is_gone_or_a_link(server: FakeMac) -> None:
    place = server.machine.place(DUMPS)
    place.rmdir()
    assert amiss(server) == {"server.directory": Level.FAIL}
    place.symlink_to("..")
    assert amiss(server) == {"server.directory": Level.WARN}


def test_a_directory_above_that_is_somebody_else_s_by_now(server: FakeMac) -> None:
    receives(server, OTHER)
    os.chown(server.machine.place("/Volumes/Dumps"), ANN, 20)
    told = found(server)["server.directory"]
    assert told.level is Level.WARN
    assert told.remedy == "sudo chown root:wheel /Volumes/Dumps && sudo chmod +t /Volumes/Dumps"


def test_a_volume_that_is_not_mounted(server: FakeMac) -> None:
    receives(server, OTHER)
    changed(server, mounts=[])
    told = found(server)["server.directory"]
    assert (told.level, "not mounted" in told.what) == (Level.FAIL, True)


@pytest.mark.parametrize(
    ("firewall", "level", "option"),
    [
        ({"state": 0}, Level.OK, None),
        ({"state": 1}, Level.OK, None),
        ({"state": 2}, Level.FAIL, "--setblockall off"),
        ({"state": 1, "block_all": True}, Level.FAIL, "--setblockall off"),
        ({"state": 1, "built_in": False}, Level.WARN, "--setallowsigned on"),
    ],
)
def test_the_firewall(
    server: FakeMac, firewall: dict[str, Any], level: Level, option: str | None
) -> None:
    changed(server, firewall=firewall)
    told = found(server)["server.firewall"]
    assert told.level is level
    assert option is None or (told.remedy or "").endswith(option)


@pytest.mark.parametrize(
    ("pmset", "level", "remedy"),
    [
        ({"sleep": 10}, Level.FAIL, "sudo pmset -c sleep 0"),
        ({"disksleep": 10}, Level.WARN, "sudo pmset -c disksleep 0"),
        ({"autorestart": 0}, Level.WARN, "sudo pmset -c autorestart 1"),
        ({"autorestart": None}, Level.OK, None),
        ({"sleep": None}, Level.UNKNOWN, None),
    ],
)
def test_sleep(server: FakeMac, pmset: dict[str, Any], level: Level, remedy: str | None) -> None:
    changed(server, pmset=pmset)
    told = found(server)["server.power"]
    assert (told.level, told.remedy) == (level, remedy)


def test_filevault(server: FakeMac) -> None:
    changed(server, filevault=["FileVault is On."])
    assert amiss(server) == {"server.filevault": Level.WARN}


def test_a_name_that_blocks_its_successor(server: FakeMac) -> None:
    place = server.machine.place(DUMPS)
    made = {"core-xnu-6153.121.1-10.0.40.7-1f0c3a9e.gz": NOBODY, "mine.txt": 0}
    for name, owner in {**made, "fixed\x1b[2J": NOBODY}.items():
        (place / name).write_text("x")
        os.chown(place / name, owner, 0)
    os.symlink("x", place / "link")
    told = found(server)["server.names"]
    assert told.level is Level.WARN
    assert told.what.startswith("fixed\\x1b[2J: a name")


@pytest.mark.parametrize(("address", "level"), [(None, Level.FAIL), ("169.254.3.4/16", Level.FAIL)])
def test_without_an_address_that_somebody_gave_nobody_reaches_it(
    server: FakeMac, address: str | None, level: Level
) -> None:
    changed(server, ipv4={"en0": address, "en1": None})
    assert found(server)["server.interfaces"].level is level


def test_an_address_set_by_hand_and_one_without_a_cable(server: FakeMac) -> None:
    changed(server, manual=["Ethernet"])
    assert "en0, set by hand" in found(server)["server.interfaces"].what
    changed(server, hardware="macbook-air-m2", ipv4={"en7": None, "en0": "10.0.40.9/24"})
    told = found(server)["server.interfaces"]
    assert (told.level, "no wired port" in told.what) == (Level.WARN, True)


def test_without_any_of_the_programs_all_is_unknown_and_nothing_fails(server: FakeMac) -> None:
    for name, path in PROGRAMS.items():
        if server.machine.has(path):
            server.lose(name)
    levels = amiss(server)
    assert set(levels.values()) == {Level.UNKNOWN}
    assert {"server.kdumpd", "server.port", "server.firewall", "server.power"} <= set(levels)


@pytest.mark.parametrize("junk", ["\x1b[2J\x00\n\n", "{" * 50, "=> \n (State = 9)\nAC Power:\n x"])
def test_junk_from_every_program_raises_nothing_and_reaches_no_terminal(
    server: FakeMac, junk: str
) -> None:
    for name in PROGRAMS:
        server.answer(name, out=junk, err=junk)
    for each in findings(server.machine):
        assert each.what.isprintable()
        assert each.remedy is None or each.remedy.isprintable()


def test_without_a_property_list_that_tells(mac: FakeMac) -> None:
    mac.machine.place(f"/System/Library/LaunchDaemons/{APPLE}.plist").unlink()
    told = found(mac)["server.kdumpd"]
    assert told.level is Level.FAIL
    assert "server setup --directory" in (told.remedy or "")


def test_elsewhere_than_on_a_mac_nothing_is_looked_at(tmp_path: Path) -> None:
    assert list(findings(Machine(tmp_path, "linux"))) == []


def test_looking_changes_nothing(server: FakeMac) -> None:
    before, state = server.tree(), server.state
    found(server)
    assert (server.tree(), server.state) == (before, state)


def test_ours_is_looked_at_where_it_is_there(server: FakeMac) -> None:
    receives(server, OTHER)
    assert OURS in found(server)["server.kdumpd"].what
    undone(server)
    make(server, DUMPS)
    assert found(server)["server.directory"].level is Level.OK
