"""Upgrading on a Mac: in place, and back to what was there where the new one does not start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import ConfigError, MachineError
from tests.installing import fake_python
from tests.installing.mac_installer import (
    BY_HAND,
    CONFIGURATION,
    FIRST,
    HOME,
    LABEL,
    LOG,
    PLIST,
    SECOND,
    STATE,
    WRAPPER,
    Installer,
    build_quickly,
)
from tests.macs.launchd_rules import faults_of_calls
from tests.macs.quick import quick_mac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def installer(open_path: Path) -> Installer:
    """One that runs from its first environment."""
    installer = Installer(quick_mac(open_path))
    installer.install()
    installer.mac.forget_calls()
    return installer


def _fails(installer: Installer, words: str, **given: Any) -> str:
    """Upgrade in vain, with launchd like this; returns why."""
    installer.launchd(**given)
    with pytest.raises(MachineError, match=words) as caught:
        installer.upgrade()
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_it_is_ended_and_started_from_the_new_environment(installer: Installer) -> None:
    pid = installer.job.pid
    installer.upgrade()
    assert installer.job.pid != pid
    assert installer.runs_from == f"{SECOND}/bin/python"
    assert f"'{SECOND}/bin/python'" in installer.text(WRAPPER)
    assert installer.verbs == ["bootout", "bootstrap"]


def test_nothing_else_is_different_afterwards(installer: Installer) -> None:
    before = installer.mac.tree()
    installer.upgrade()
    after = {path.replace(SECOND, FIRST): entry for path, entry in installer.mac.tree().items()}
    assert after.keys() == before.keys(), "the environment before it is gone"
    changed = {path for path in after if after[path] != before[path] and FIRST not in path}
    assert changed == {PLIST, WRAPPER}


def test_the_environment_before_it_is_removed_only_once_the_new_one_runs(
    installer: Installer,
) -> None:
    told = installer.upgrade()
    (removed,) = [n for n, line in enumerate(told) if line.startswith(f"remove {FIRST}")]
    (runs,) = [n for n, line in enumerate(told) if line.startswith("runs ")]
    assert runs < removed == len(told) - 1, "nothing is done after what may be our own end"


def test_what_a_killed_installation_left_of_its_uv_is_removed(installer: Installer) -> None:
    installer.put(f"{HOME}/uv/bin/uv", "")
    installer.install()
    assert not installer.place(f"{HOME}/uv").exists()


def test_a_dry_run_of_an_upgrade_tells_that_it_is_restarted(installer: Installer) -> None:
    before = installer.mac.tree()
    installer.make(SECOND)
    told = installer.install_as_asked(environment=SECOND, dry_run=True)
    assert [line.split()[2] for line in told if "launchctl" in line] == [
        "bootout",
        "bootstrap",
        "kickstart",
    ]
    assert f"remove {FIRST}/ and all that is in it" in told
    after = {path: entry for path, entry in installer.mac.tree().items() if SECOND not in path}
    assert after == before


def test_one_that_dies_is_told_with_its_last_words_and_the_earlier_one_runs_again(
    open_path: Path, installer: Installer
) -> None:
    before = installer.mac.tree()
    installer.put(LOG, "old\nERROR one\nERROR two\nERROR three\nERROR four\nERROR \x1b[31mfive\n")
    installer.launchd(dead_from=[f"{SECOND}/bin/python"])
    with pytest.raises(MachineError) as caught:
        installer.upgrade()
    assert str(caught.value) == (
        "the service does not stay up; its log ends with: ERROR one | ERROR two | ERROR three | "
        "ERROR four | ERROR \\x1b[31mfive; the version before it runs again"
    )
    installer.put(LOG, "", 0o640)
    os.chown(installer.place(LOG), 0, 80)
    assert installer.mac.tree() == before
    assert installer.runs_from == f"{FIRST}/bin/python"
    assert installer.job.pid


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"busy": {LABEL: 100_000}}, r"bootout system/.* 36 .*Operation now in progress"),
        ({"sip": [LABEL]}, r"bootout system/.* 150 .*System Integrity Protection refuses"),
    ],
)
def test_one_that_launchd_does_not_end_goes_on(
    installer: Installer, given: dict[str, Any], words: str
) -> None:
    before, pid = installer.mac.tree(), installer.job.pid
    said = _fails(installer, words, **given)
    assert said.endswith("; the version before it still runs")
    assert installer.job.pid == pid
    assert installer.mac.tree() == before


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"refuse": 3}, r"bootstrap .* 5 .*Input/output error.*print"),
        ({"refuse_119": 2}, r"bootstrap .* 119 .*Login Items"),
    ],
)
def test_one_that_launchd_does_not_load_is_put_back(
    installer: Installer, given: dict[str, Any], words: str
) -> None:
    before = installer.mac.tree()
    said = _fails(installer, words, **given)
    assert said.endswith("; the version before it runs again")
    assert installer.mac.tree() == before
    assert installer.runs_from == f"{FIRST}/bin/python"


@pytest.mark.parametrize("given", [{"slow": 5}, {"refuse": 2}, {"forgets_run_at_load": True}])
def test_a_launchd_that_takes_its_time_is_waited_for(
    installer: Installer, given: dict[str, Any]
) -> None:
    installer.launchd(**given)
    installer.upgrade()
    assert installer.runs_from == f"{SECOND}/bin/python"
    assert faults_of_calls(installer.mac.calls) == []


def test_one_that_was_stopped_is_left_stopped_where_the_new_one_does_not_start(
    installer: Installer,
) -> None:
    installer.service().stop()
    said = _fails(installer, "does not stay up", dead_from=[f"{SECOND}/bin/python"])
    assert said.endswith("what was there before is back, stopped as it was")
    assert (installer.job.loaded, installer.job.disabled) == (False, True)
    assert f"{FIRST}/bin/python" in installer.text(PLIST)


def test_one_that_was_stopped_is_started_by_an_upgrade_which_tells_so(
    installer: Installer,
) -> None:
    installer.service().stop()
    told = installer.upgrade()
    assert f"run    /bin/launchctl enable system/{LABEL}" in told
    assert installer.job.pid


def test_a_first_one_that_does_not_start_leaves_no_job_that_dies_for_ever(
    open_path: Path,
) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    installer.launchd(dead=[LABEL])
    with pytest.raises(MachineError, match="ends with: nothing; launchd has nothing of it"):
        installer.install()
    assert installer.job.loaded is False
    assert not installer.place(PLIST).exists()
    assert not installer.place(WRAPPER).exists()
    installer.launchd(dead=[])
    installer.install()
    assert installer.job.pid


def test_a_first_one_that_launchd_keeps_though_it_dies_is_not_there_after_a_restart(
    open_path: Path,
) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    installer.launchd(dead=[LABEL], keeps=[LABEL])
    with pytest.raises(MachineError, match="could not be put back: `launchctl bootout"):
        installer.install()
    assert not installer.place(PLIST).exists()


def test_a_configuration_that_cannot_be_used_keeps_the_running_one(installer: Installer) -> None:
    before, pid = installer.mac.tree(), installer.job.pid
    installer.put(CONFIGURATION, "bad = 1\n")
    with pytest.raises(ConfigError, match="bad: is not a known key"):
        installer.upgrade()
    assert installer.verbs == []
    assert installer.job.pid == pid
    assert installer.mac.tree()[PLIST] == before[PLIST]


def test_one_made_by_hand_is_taken_over_with_its_journal(open_path: Path) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    installer.make_by_hand()
    told = installer.install()
    assert installer.runs_from == f"{FIRST}/bin/python"
    assert installer.text(f"{STATE}/journal.sqlite3") == "what arrived"
    assert installer.text(LOG).startswith("2026-11-22")
    assert installer.owners()[LOG] == (0, 80, 0o640)
    assert installer.owners()["/Library/Logs/PanicPipe"] == (0, 80, 0o750)
    assert installer.place(BY_HAND).exists()
    assert f"note   nothing runs from {BY_HAND} any more; run: sudo rm -r '{BY_HAND}'" in told
    assert installer.verbs[0] == "bootout"


def test_one_made_by_hand_runs_again_where_the_new_one_does_not_start(open_path: Path) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    installer.make_by_hand()
    before = installer.text(PLIST)
    _fails(installer, "the version before it runs again", dead_from=[f"{SECOND}/bin/python"])
    assert installer.text(PLIST) == before
    assert installer.runs_from == f"{BY_HAND}/bin/panicpipe"
    assert not installer.place(WRAPPER).exists()


def test_one_made_by_hand_can_go_on_from_its_own_environment(open_path: Path) -> None:
    installer = Installer(quick_mac(open_path / "other"))
    installer.make_by_hand()
    told = installer.install_as_asked(environment=installer.make("/opt/by-hand"))
    assert any(BY_HAND in line for line in told)
    told = installer.install_as_asked(environment="/opt/by-hand")
    assert not any(line.startswith("note   nothing runs") for line in told)


def test_plugins_are_kept_by_an_upgrade_and_left_out_where_that_is_asked_for(
    open_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pip is asked for; that it does as it is told is tried elsewhere."""
    build_quickly(monkeypatch)
    installer = Installer(quick_mac(open_path / "other"))
    fake_python.write(installer.mac.root, f"{HOME}/python/cpython-3.13.9/bin/python3.13")
    installer.install(build=True, extra=("a-plugin==1",))

    def installs() -> list[list[str]]:
        return [call for call in installer.asked_of_python if "a-plugin==1" in call]

    assert len(installs()) == 1
    assert installer.runs_from == f"{FIRST}/bin/python"
    installer.install(build=True)
    assert installer.runs_from == f"{FIRST}/bin/python", "it is as it should be"
    installer.install(build=True, extra=())
    assert installer.runs_from == f"{SECOND}/bin/python"
    assert len(installs()) == 1
