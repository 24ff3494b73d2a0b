"""What an installation on a Mac refuses before it changes or ends anything."""

from __future__ import annotations

import os
import plistlib
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.errors import AlreadyRunning, ConfigError, MachineError, Untrusted
from tests.installing.mac_installer import (
    CONFIGURATION,
    FIRST,
    HOME,
    LABEL,
    OUTPUTS,
    PLIST,
    PYTHON,
    SITE,
    STATE,
    Installer,
)
from tests.macs.quick import QuickMac, quick_mac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def installer(open_path: Path) -> Installer:
    return Installer(quick_mac(open_path))


def test_dumps_for_a_configuration_that_is_there_are_refused_before_anything_is_built(
    installer: Installer,
) -> None:
    installer.put(CONFIGURATION, "")
    with pytest.raises(ConfigError, match=r"write path = \"/srv/dumps\" into its"):
        installer.install(build=True, dumps="/srv/dumps")
    assert not installer.place(f"{HOME}/environments").exists()


@pytest.mark.parametrize(
    ("record", "why"),
    [
        ({"UniqueID": 0, "PrimaryGroupID": 450}, "another name of root"),
        ({"UniqueID": 450, "PrimaryGroupID": 80}, "group 80"),
        ({"UniqueID": 450, "PrimaryGroupID": 450, "UserShell": "/bin/zsh"}, "can log in"),
    ],
)
def test_an_unsafe_account_is_refused(
    installer: Installer, record: dict[str, object], why: str
) -> None:
    installer.make(FIRST)
    before = installer.mac.tree()
    with installer.mac.changed() as state:
        state["users"] = {"_panicpipe": {"UserShell": "/usr/bin/false", **record}}
    with pytest.raises(Untrusted, match=why):
        installer.install()
    assert installer.mac.tree() == before


def _by_somebody(place: Path) -> None:
    place.mkdir()
    os.chown(place, 501, 20)


def _a_link(place: Path) -> None:
    place.symlink_to("/private/tmp")


@pytest.mark.parametrize("plant", [_by_somebody, _a_link])
def test_what_somebody_has_planted_is_refused(
    installer: Installer, plant: Callable[[Path], None]
) -> None:
    plant(installer.place(OUTPUTS))
    with pytest.raises(Untrusted, match=r"/Users/Shared/PanicPipe: .* remove it"):
        installer.install()
    assert not installer.place(PLIST).exists()
    assert installer.verbs == []


def test_an_older_macos_is_refused(open_path: Path) -> None:
    installer = Installer(QuickMac(open_path / "mac", version="11.7.10"))
    installer.make(FIRST)
    before = installer.mac.tree()
    with pytest.raises(MachineError, match=r"macOS 11\.7\.10; panicpipe needs macOS 12"):
        installer.install()
    assert installer.mac.tree() == before


@pytest.mark.parametrize(
    ("text", "owner", "words"),
    [("[[[", 0, "panicpipe.toml:1:3: is not TOML"), ("", 501, "belongs to uid 501")],
)
def test_a_configuration_that_root_cannot_even_read_is_refused_before_anything_is_done(
    installer: Installer, text: str, owner: int, words: str
) -> None:
    installer.put(CONFIGURATION, text)
    os.chown(installer.place(CONFIGURATION), owner, 0)
    before = installer.mac.tree()
    with pytest.raises(ConfigError, match=words):
        installer.install_as_asked()
    assert installer.mac.tree() == before


def test_another_property_list_of_the_same_label_is_refused(installer: Installer) -> None:
    installer.make(FIRST)
    other = "/Library/LaunchDaemons/mine.plist"
    installer.put(other, plistlib.dumps({"Label": LABEL}).decode())
    installer.put("/Library/LaunchDaemons/junk.plist", "<plist>")
    before = installer.mac.tree()
    with pytest.raises(MachineError, match=f"{other}: is another property list of {LABEL}"):
        installer.install()
    assert installer.mac.tree() == before
    installer.place(other).unlink()
    installer.install()
    assert installer.job.pid


def test_a_daemon_that_was_started_by_hand_is_not_taken_for_the_service(
    installer: Installer,
) -> None:
    installer.place(SITE).mkdir()
    with (
        StateDirectory.acquire(installer.place(STATE)),
        pytest.raises(AlreadyRunning, match=rf"not the service \(pid {os.getpid()}\)"),
    ):
        installer.install()
    assert installer.verbs == []


def test_a_named_environment_that_others_can_change_is_refused(installer: Installer) -> None:
    installer.install()
    installer.make("/opt/mine")
    os.chown(installer.place("/opt/mine/bin"), 501, 20)
    with pytest.raises(Untrusted, match=r"/opt/mine: root must not run it: .* uid 501"):
        installer.install(environment="/opt/mine")
    assert installer.runs_from == PYTHON
