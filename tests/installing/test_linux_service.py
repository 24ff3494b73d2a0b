"""`panicpipe service` on Linux."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, MachineError
from pipeline.installing.linux_service import SystemdService, installed_service
from tests.cli.command import panicpipe
from tests.installing.linux_installer import CONFIGURATION, UNIT, Installer, quick_installer
from tests.linux.fake_linux import FakeLinux

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def installer(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    return quick_installer(open_path, monkeypatch)


@pytest.fixture
def service(installer: Installer) -> SystemdService:
    installer.install()
    installer.linux.forget_calls()
    return installed_service(installer.changes())


def test_stopped_it_stays_stopped_until_it_is_started(
    installer: Installer, service: SystemdService
) -> None:
    service.stop()
    state = service.state()
    assert (state.pid, state.starts_at_boot) == (None, False)
    assert state.words.startswith("stopped; does not start with the machine")
    service.start()
    assert service.state().words == "running, pid 4321; starts with the machine"


def test_a_broken_configuration_ends_no_service_that_runs(
    installer: Installer, service: SystemdService
) -> None:
    installer.place(CONFIGURATION).write_text("bad = 1\n")
    with pytest.raises(ConfigError, match="bad"):
        service.restart()
    assert installer.verbs == []
    assert installer.unit["active"] == "active"


def test_one_that_failed_says_why(installer: Installer, service: SystemdService) -> None:
    with installer.linux.changed() as state:
        state["refuses"] = "ExecStart"
        state["journal"] = ["ERROR no room"]
    with pytest.raises(MachineError, match="log ends with: ERROR no room"):
        service.restart()
    assert service.state().words.startswith("failed (exit-code, exit code 6); starts with")


def test_one_that_was_killed_names_the_signal(
    installer: Installer, service: SystemdService
) -> None:
    with installer.linux.changed() as state:
        state["units"]["panicpipe.service"] |= {"active": "failed", "killed": True}
    assert service.state().words.startswith("failed (signal 9); starts with")


def test_one_that_failed_too_often_is_started_all_the_same(
    installer: Installer, service: SystemdService
) -> None:
    """Systemd would refuse a start by hand as well, until the failures are forgotten."""
    service.start()
    assert installer.verbs.index("reset-failed") < installer.verbs.index("start")


def test_not_installed_it_says_how_to(installer: Installer) -> None:
    nothing = installed_service(installer.changes())
    assert nothing.state().words == "not installed; run: sudo panicpipe install"
    with pytest.raises(MachineError, match=f"{UNIT}: is not there; run: sudo panicpipe install"):
        nothing.start()
    nothing.stop()
    assert installer.verbs == []


def test_where_systemd_does_not_answer_nothing_is_claimed(
    installer: Installer, service: SystemdService
) -> None:
    installer.linux.answer("systemctl", err="Failed to connect to bus", status=1)
    state = service.state()
    assert (state.installed, state.loaded, state.pid) == (True, None, None)


def test_its_log_is_systemd_s_made_harmless(installer: Installer, service: SystemdService) -> None:
    with installer.linux.changed() as state:
        state["journal"] = ["one", "two\x1b[2J", "three"]
    assert list(service.logs(2, follow=False)) == ["two\\x1b[2J", "three"]


def test_the_log_can_be_followed(linux: FakeLinux) -> None:
    with linux.changed() as state:
        state["journal"] = ["one\x1b", "two"]
    service = installed_service(Installer(linux).changes())
    assert list(service.logs(9, follow=True)) == ["one\\x1b", "two"]


def test_the_commands_say_whether_it_runs(linux: FakeLinux, tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "service", "status", "--root", str(linux.root))
    assert done.returncode == 1
    assert done.stdout == "The service is not installed; run: sudo panicpipe install\n"
    linux.machine.place("/run/systemd/system").rmdir()
    done = panicpipe(tmp_path, "service", "start", "--root", str(linux.root))
    assert done.returncode == 1
    assert "systemd does not run this machine (a container?)" in done.stderr
