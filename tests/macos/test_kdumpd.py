"""The dump server of a Mac: Apple's job, or ours in place of it."""

from __future__ import annotations

import plistlib
from pathlib import Path
from typing import Any

import pytest

from pipeline.kdumpd import APPLE, OURS
from pipeline.macos.kdumpd import Kdumpd, server
from tests.macs.fake_mac import KDUMPD, FakeMac

JOB = {"plist": "", "pid": 0, "exit": 0, "program": ["/usr/libexec/kdumpd"], "sockets": ["1069"]}


def given(mac: FakeMac, **launchd: Any) -> Kdumpd:
    with mac.changed() as state:
        state["launchd"] = launchd
    found = server(mac.machine)
    assert found is not None
    return found


def ours(mac: FakeMac) -> None:
    job = {**KDUMPD, "Label": OURS, "ProgramArguments": ["/usr/libexec/kdumpd", "/Volumes/D/P"]}
    place = mac.machine.place(f"/Library/LaunchDaemons/{OURS}.plist")
    place.write_bytes(plistlib.dumps(job))


def test_as_shipped_it_is_neither_loaded_nor_started_at_boot(mac: FakeMac) -> None:
    found = given(mac)
    assert (found.label, found.directory) == (APPLE, Path("/var/tmp/PanicDumps"))
    assert not found.ours
    assert found.job.loaded is False
    assert found.starts_at_boot is False


def test_enabled_and_loaded(mac: FakeMac) -> None:
    found = given(mac, jobs={APPLE: JOB}, overrides={APPLE: False})
    assert found.job.loaded
    assert found.starts_at_boot


def test_a_loaded_one_without_an_override_may_not_come_back(mac: FakeMac) -> None:
    assert given(mac, jobs={APPLE: JOB}).starts_at_boot is None


def test_our_own_is_the_server_where_it_is_there(mac: FakeMac) -> None:
    ours(mac)
    found = given(mac, jobs={OURS: JOB}, overrides={APPLE: True})
    assert (found.label, found.directory) == (OURS, Path("/Volumes/D/P"))
    assert found.starts_at_boot
    assert found.apple.loaded is False
    assert found.apple.disabled


@pytest.mark.parametrize("plist", [b"", b"<plist", plistlib.dumps({"Label": APPLE})])
def test_without_a_property_list_that_tells_there_is_none(mac: FakeMac, plist: bytes) -> None:
    mac.machine.place(f"/System/Library/LaunchDaemons/{APPLE}.plist").write_bytes(plist)
    assert server(mac.machine) is None


def test_what_launchd_does_not_tell_is_unknown(mac: FakeMac) -> None:
    mac.lose("launchctl")
    found = server(mac.machine)
    assert found is not None
    assert (found.job.loaded, found.starts_at_boot) == (None, None)
