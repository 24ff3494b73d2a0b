"""The verbs of `panicpipe service` on a Mac."""

from __future__ import annotations

import os
import plistlib
from pathlib import Path

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.errors import AlreadyRunning, ConfigError, MachineError
from pipeline.installing.mac_service import LaunchdService, installed_service
from pipeline.machine import Changes, Machine
from pipeline.macos import launchd_verbs
from tests.installing.mac_installer import CONFIGURATION, LABEL, LOG, PLIST, STATE, Installer
from tests.macs.launchd_rules import faults_of_calls
from tests.macs.quick import quick_mac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def installer(open_path: Path) -> Installer:
    installer = Installer(quick_mac(open_path))
    installer.install()
    installer.mac.forget_calls()
    return installer


def test_stopped_it_does_not_start_with_the_mac_either(installer: Installer) -> None:
    installer.service().stop()
    assert installer.verbs == ["bootout", "disable"]
    state = installer.service().state()
    assert (state.loaded, state.starts_at_boot) == (False, False)
    assert state.words == (
        "stopped; does not start with the Mac; run: sudo panicpipe service start"
    )


def test_started_it_runs_and_starts_with_the_mac_again(installer: Installer) -> None:
    installer.service().stop()
    installer.service().start()
    state = installer.service().state()
    assert (state.loaded, state.starts_at_boot, state.pid) == (True, True, installer.job.pid)
    assert state.words == f"running, pid {state.pid}; starts with the Mac"
    assert faults_of_calls(installer.mac.calls) == []


def test_started_twice_it_is_not_interrupted(installer: Installer) -> None:
    pid = installer.job.pid
    installer.service().start()
    assert (installer.job.pid, installer.verbs) == (pid, [])


def test_restarted_it_is_another_process(installer: Installer) -> None:
    pid = installer.job.pid
    installer.service().restart()
    assert installer.job.pid not in (pid, None)


def _restart_interrupted(installer: Installer, words: str, times: int) -> list[str]:
    """Restart it, with Ctrl-C so many times as it tells this; returns what was told."""
    told: list[str] = []

    def tell(line: str) -> None:
        told.append(line)
        if words in line and sum(words in each for each in told) <= times:
            raise KeyboardInterrupt

    installed_service(Changes(installer.mac.machine, tell, dry_run=False)).restart()
    return told


@pytest.mark.parametrize("words", ["launchctl bootout", "launchctl bootstrap"])
def test_a_restart_that_is_interrupted_is_ended_all_the_same(
    installer: Installer, words: str
) -> None:
    pid = installer.job.pid
    with pytest.raises(KeyboardInterrupt):
        _restart_interrupted(installer, words, 1)
    assert installer.job.pid not in (pid, None)
    assert faults_of_calls(installer.mac.calls) == []


def test_a_bootout_that_was_interrupted_and_comes_later_leaves_nothing_stopped(
    installer: Installer,
) -> None:
    installer.launchd(slow=2)
    with pytest.raises(KeyboardInterrupt):
        _restart_interrupted(installer, "launchctl bootstrap", 1)
    assert installer.job.pid


def test_who_insists_on_interrupting_is_told_what_starts_it_again(installer: Installer) -> None:
    with pytest.raises(MachineError, match="may be stopped; run: sudo panicpipe service start"):
        _restart_interrupted(installer, "launchctl bootstrap", 2)
    installer.service().start()
    assert installer.job.pid


def test_interrupted_once_it_is_started_it_is_not_ended_again(
    installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wait(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(launchd_verbs, "await_pid", wait)
    with pytest.raises(KeyboardInterrupt):
        installer.service().restart()
    assert installer.verbs == ["bootout", "bootstrap"]
    assert installer.job.pid


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_a_configuration_that_would_end_it_is_told_and_it_goes_on(
    installer: Installer, verb: str
) -> None:
    installer.put(CONFIGURATION, "bad = 1\n")
    pid = installer.job.pid
    with pytest.raises(ConfigError, match="bad: is not a known key"):
        getattr(installer.service(), verb)()
    assert (installer.job.pid, installer.verbs) == (pid, [])


def test_beside_a_daemon_that_was_started_by_hand_it_is_not_started(
    installer: Installer,
) -> None:
    installer.service().stop()
    with (
        StateDirectory.acquire(installer.place(STATE)),
        pytest.raises(AlreadyRunning, match="stop it first"),
    ):
        installer.service().start()


def test_the_daemon_that_launchd_has_is_no_other(installer: Installer) -> None:
    installer.launchd(
        jobs={
            LABEL: {"plist": PLIST, "pid": os.getpid(), "exit": 0, "sockets": [], "program": ["x"]}
        }
    )
    with StateDirectory.acquire(installer.place(STATE)):
        installer.service().start()


@pytest.mark.parametrize("verb", ["start", "restart"])
def test_what_is_not_installed_cannot_be_started(open_path: Path, verb: str) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    with pytest.raises(MachineError, match="is not there; run: sudo panicpipe install"):
        getattr(installer.service(), verb)()
    assert installer.service().state().words == "not installed; run: sudo panicpipe install"


def test_one_made_by_hand_is_started_and_stopped_as_well(open_path: Path) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    installer.make_by_hand()
    installer.service().stop()
    installer.service().start()
    assert plistlib.loads(installer.place(PLIST).read_bytes())["ProgramArguments"][1] == "run"
    assert installer.job.pid


def test_one_that_has_ended_is_told(installer: Installer) -> None:
    installer.launchd(
        jobs={LABEL: {"plist": PLIST, "pid": 0, "exit": 256, "sockets": [], "program": ["x"]}}
    )
    assert "loaded, but not running" in installer.service().state().words


def test_who_is_not_root_is_not_told_that_it_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """launchd says to others that there is no such job."""
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    monkeypatch.setattr(Path, "is_file", lambda path: str(path) == PLIST)
    changes = Changes(Machine(Path("/"), "darwin"), print, dry_run=False)
    state = LaunchdService(changes).state()
    assert (state.installed, state.loaded, state.starts_at_boot) == (True, None, None)
    assert "root only" in state.words


def test_the_log_s_last_lines_are_harmless(installer: Installer) -> None:
    installer.put(LOG, "one\ntwo\nthree \x1b[31m\n")
    assert list(installer.service().logs(2, follow=False)) == ["two", "three \\x1b[31m"]


def test_without_a_log_that_is_said(installer: Installer) -> None:
    installer.place(LOG).unlink()
    for follow in (False, True):
        with pytest.raises(MachineError, match="there is no log yet"):
            list(installer.service().logs(2, follow=follow))
