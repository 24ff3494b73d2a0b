"""Taking the service away from a Mac."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.errors import MachineError
from tests.installing.mac_installer import (
    CONFIGURATION,
    HOME,
    LABEL,
    LOG,
    OUTPUTS,
    PLIST,
    SITE,
    STATE,
    WRAPPER,
    Installer,
    build_quickly,
)
from tests.macs.launchd_rules import faults_of_calls
from tests.macs.quick import quick_mac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def bare(open_path: Path) -> Installer:
    return Installer(quick_mac(open_path))


@pytest.fixture
def installer(bare: Installer) -> Installer:
    bare.install()
    bare.mac.forget_calls()
    return bare


def _stays(told: list[str]) -> list[str]:
    begin, end = (
        told.index("What stays, and what would remove it:"),
        told.index("What cannot be taken back:"),
    )
    return [line.strip() for line in told[begin + 1 : end]]


def _without(tree: Mapping[str, object], *paths: str) -> dict[str, object]:
    return {path: entry for path, entry in tree.items() if path not in paths}


def test_purged_all_is_as_it_was(bare: Installer, monkeypatch: pytest.MonkeyPatch) -> None:
    build_quickly(monkeypatch)
    before = bare.mac.tree()
    users, groups = bare.mac.state.get("users"), bare.mac.state.get("groups")
    bare.install(build=True)
    told = bare.uninstall(purge=True)
    assert bare.mac.tree() == before
    assert (users, groups) == (None, None)
    assert "_panicpipe" not in {*bare.mac.state["users"], *bare.mac.state["groups"]}
    assert _stays(told) == ["the dumps themselves, where kdumpd puts them"]
    assert told[-1] == "  alerts that were sent, and copies in an archive"
    assert faults_of_calls(bare.mac.calls) == []


def test_without_purge_settings_records_log_and_account_stay_and_are_told(
    bare: Installer,
) -> None:
    before = bare.mac.tree()
    bare.install()
    installed = bare.mac.tree()
    bare.put(f"{STATE}/journal.sqlite3", "", 0o600)
    told = bare.uninstall()
    stay = (SITE, CONFIGURATION, STATE, str(Path(LOG).parent), LOG)
    expected = before | {path: installed[path] for path in stay}
    assert _without(bare.mac.tree(), f"{STATE}/journal.sqlite3") == expected
    assert _stays(told) == [
        f"the configuration: sudo rm '{CONFIGURATION}'",
        "the log: sudo rm -r /Library/Logs/PanicPipe",
        f"the journal and what waits to be sent: sudo rm -r '{STATE}'",
        "the account _panicpipe: sudo sysadminctl -deleteUser _panicpipe; "
        "sudo dseditgroup -o delete _panicpipe",
        "the dumps themselves, where kdumpd puts them",
    ]


def test_nothing_that_is_left_behind_says_disabled(installer: Installer) -> None:
    installer.uninstall()
    assert installer.verbs == ["bootout"]
    assert (installer.job.loaded, installer.job.disabled) == (False, None)


def test_also_where_it_had_been_stopped(installer: Installer) -> None:
    installer.service().stop()
    told = installer.uninstall()
    assert installer.job.disabled is False
    assert told[-1] == f"  launchd's record that {LABEL} was once switched on or off"


def test_what_was_kept_is_used_by_the_next_installation(installer: Installer) -> None:
    installer.put(CONFIGURATION, '[pipeline]\nstages = ["verify"]\n')
    installed = installer.mac.tree()
    installer.uninstall()
    installer.install()
    assert installer.mac.tree() == installed


def test_again_nothing_is_there_to_be_done(installer: Installer) -> None:
    installer.uninstall(purge=True)
    left = installer.mac.tree()
    installer.mac.forget_calls()
    installer.uninstall(purge=True)
    assert installer.mac.tree() == left
    assert installer.verbs == []


def test_zips_and_dumps_are_never_removed(installer: Installer) -> None:
    installer.put(f"{OUTPUTS}/core.zip", "")
    installer.put("/private/var/tmp/PanicDumps/core.gz", "")
    told = installer.uninstall(purge=True)
    assert installer.place(f"{OUTPUTS}/core.zip").exists()
    assert installer.place("/private/var/tmp/PanicDumps/core.gz").exists()
    assert f"the zips: sudo rm -r {OUTPUTS}" in _stays(told)


def test_what_the_configuration_keeps_elsewhere_stays_and_is_told(installer: Installer) -> None:
    installer.put(
        CONFIGURATION,
        'state_directory = "/Volumes/Big/state"\n'
        "[stages.package]\n"
        'directory = "/Volumes/Big/it\'s here"\n',
    )
    installer.put("/Volumes/Big/state/journal.sqlite3", "")
    installer.put("/Volumes/Big/it's here/core.zip", "")
    told = installer.uninstall(purge=True)
    assert installer.place("/Volumes/Big/state/journal.sqlite3").exists()
    assert _stays(told)[:2] == [
        "the journal and what waits to be sent: sudo rm -r /Volumes/Big/state",
        "the zips: sudo rm -r '/Volumes/Big/it'\"'\"'s here'",
    ]


def test_zips_beside_the_journal_stay_as_well(installer: Installer) -> None:
    installer.put(CONFIGURATION, f'[stages.package]\ndirectory = "{STATE}/zips"\n')
    installer.put(f"{STATE}/zips/core.zip", "")
    installer.put(f"{STATE}/journal.sqlite3", "")
    installer.put(f"{STATE}/notes.txt", "mine")
    told = installer.uninstall(purge=True)
    assert os.listdir(installer.place(STATE)) == ["notes.txt", "zips"]
    assert _stays(told)[:2] == [
        f"what else lies beside the journal: sudo rm '{STATE}/notes.txt'",
        f"the zips: sudo rm -r '{STATE}/zips'",
    ]


def test_a_configuration_that_cannot_be_read_keeps_nobody(installer: Installer) -> None:
    installer.put(CONFIGURATION, "[[[")
    installer.uninstall(purge=True)
    assert not installer.place(SITE).exists()


def test_what_somebody_has_put_beside_the_configuration_stays(installer: Installer) -> None:
    installer.put(f"{SITE}/notes.txt", "mine")
    told = installer.uninstall(purge=True)
    assert f"what else lies beside the configuration: sudo rm '{SITE}/notes.txt'" in _stays(told)
    assert installer.text(f"{SITE}/notes.txt") == "mine"


@pytest.mark.parametrize("purge", [False, True])
def test_a_dump_server_that_was_set_up_is_told_of_only_where_it_was(
    installer: Installer, *, purge: bool
) -> None:
    installer.put(f"{SITE}/server.json", "{}")
    told = "\n".join(installer.uninstall(purge=purge))
    assert "server undo" in told
    assert installer.text(f"{SITE}/server.json") == "{}"
    installer.place(f"{SITE}/server.json").unlink()
    assert "server" not in "\n".join(installer.uninstall(purge=purge))


def test_a_dry_run_tells_all_and_changes_nothing(installer: Installer) -> None:
    before = installer.mac.tree()
    told = installer.uninstall(purge=True, dry_run=True)
    assert installer.mac.tree() == before
    assert not installer.verbs
    assert told[: told.index("")] == [
        f"run    /bin/launchctl bootout system/{LABEL}",
        f"remove {PLIST}",
        "remove /etc/newsyslog.d/org.panicpipe.conf",
        "remove /etc/paths.d/org.panicpipe",
        f"remove {STATE}/",
        f"remove {CONFIGURATION}",
        "remove /Library/Logs/PanicPipe/ and all that is in it",
        "run    /usr/sbin/sysadminctl -deleteUser _panicpipe",
        "run    /usr/sbin/dseditgroup -o delete _panicpipe",
        f"remove {OUTPUTS}/",
        f"remove {HOME}/ and all that is in it",
    ]


def test_what_it_may_run_from_is_removed_last(installer: Installer) -> None:
    """Nothing can be imported afterwards; what was interrupted can be done again."""
    told = installer.uninstall(purge=True)
    assert told[told.index("") - 1] == f"remove {HOME}/ and all that is in it"


@pytest.mark.parametrize("number", [36, 150])
def test_a_service_that_launchd_does_not_end_stays_whole(installer: Installer, number: int) -> None:
    before = installer.mac.tree()
    installer.launchd(**({"busy": {LABEL: 100_000}} if number == 36 else {"sip": [LABEL]}))
    with pytest.raises(MachineError, match=f"bootout system/{LABEL}` ended with {number}"):
        installer.uninstall(purge=True)
    assert installer.mac.tree() == before


def test_an_account_that_macos_keeps_is_told(installer: Installer) -> None:
    with installer.mac.changed() as state:
        state["sysadminctl"] = "refuses"
    with pytest.raises(MachineError, match="sysadminctl has kept _panicpipe"):
        installer.uninstall(purge=True)
    assert installer.place(WRAPPER).exists(), "so that it can be done again"
    with installer.mac.changed() as state:
        state["sysadminctl"] = "obeys"
    installer.uninstall(purge=True)
    assert not installer.place(HOME).exists()
