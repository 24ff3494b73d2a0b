"""What `panicpipe status` names to start a daemon that does not run."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline.cli import starting
from pipeline.cli.starting import not_running
from pipeline.installing.mac_layout import PLIST, STATE
from pipeline.paths import Host, here
from tests.macs.fake_mac import FakeMac


@pytest.fixture(autouse=True)
def as_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(starting, "here", _root_of)


def _root_of(platform: str) -> Host:
    return here(platform, 0)


def test_an_installed_service_is_started_as_a_service(mac: FakeMac) -> None:
    mac.machine.place(PLIST).touch()
    told = not_running(Path(STATE), mac.machine).text
    assert told == "The daemon is NOT running: start it with `sudo panicpipe service start`."


def test_without_one_the_daemon_is_a_command(mac: FakeMac) -> None:
    assert "`panicpipe run`" in not_running(Path(STATE), mac.machine).text


def test_a_service_is_not_what_keeps_another_state(mac: FakeMac, tmp_path: Path) -> None:
    mac.machine.place(PLIST).touch()
    assert "`panicpipe run`" in not_running(tmp_path, mac.machine).text
