"""Taking the service away from Linux."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from pipeline.daemon.state_directory import StateDirectory
from pipeline.installing.state_removal import is_record
from pipeline.journal import Journal
from tests.installing.linux_installer import CONFIGURATION, STATE, UNIT, Installer, quick_installer

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")


@pytest.fixture
def installer(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    return quick_installer(open_path, monkeypatch)


def _without(tree: Mapping[str, object], *directories: str) -> dict[str, object]:
    return {path: entry for path, entry in tree.items() if path not in directories}


def _without_code(installer: Installer) -> dict[str, object]:
    tree = installer.linux.tree().items()
    return {path: entry for path, entry in tree if not path.startswith("/opt/panicpipe/")}


def test_purged_all_is_as_it_was(installer: Installer) -> None:
    before = installer.linux.tree()
    installer.install()
    installer.uninstall(purge=True)
    assert _without(installer.linux.tree(), "/etc/xdg") == before


def test_without_purge_settings_records_and_account_stay(installer: Installer) -> None:
    before = installer.linux.tree()
    installer.install()
    installed = installer.linux.tree()
    installer.uninstall()
    stay = ("/etc/passwd", "/etc/group", "/etc/xdg", "/etc/xdg/panicpipe", CONFIGURATION, STATE)
    expected = before | {path: installed[path] for path in stay}
    assert installer.linux.tree() == expected
    told = "\n".join(installer.told)
    for command in (f"rm {CONFIGURATION}", f"rm -r {STATE}", "userdel panicpipe"):
        assert command in told


def test_what_was_kept_is_used_by_the_next_installation(installer: Installer) -> None:
    installer.install()
    installer.place(CONFIGURATION).write_text("[pipeline]\nworkers = 3\n")
    installed = _without_code(installer)
    installer.uninstall()
    installer.install()
    assert _without_code(installer) == installed


def test_a_rehearsal_takes_nothing_of_ours_for_somebody_elses(installer: Installer) -> None:
    installer.install()
    installer.uninstall(purge=True, dry_run=True)
    told = "\n".join(installer.told)
    assert "what you have" not in told


def test_zips_are_never_removed_and_belong_to_no_number_without_a_name(
    installer: Installer,
) -> None:
    installer.install()
    packages = installer.place(f"{STATE}/packages")
    packages.mkdir()
    (packages / "core.zip").touch()
    (installer.place(STATE) / "journal.sqlite3").touch()
    installer.uninstall(purge=True)
    found = {p: e[:2] for p, e in installer.linux.tree().items() if p.startswith(STATE)}
    assert found == dict.fromkeys(
        (STATE, f"{STATE}/packages", f"{STATE}/packages/core.zip"), (0, 0)
    )
    assert f"  the zips: sudo rm -r {STATE}/packages" in installer.told


def test_neither_are_those_beside_the_journal_nor_dumps_that_arrive_there(
    installer: Installer,
) -> None:
    installer.install()
    installer.place(CONFIGURATION).write_text(
        f'[source.directory]\npath = "{STATE}/dumps"\n[stages.package]\ndirectory = "~/zips"\n'
    )
    for path in ("dumps/core.gz", "zips/core.zip", ".aws/credentials"):
        place = installer.place(STATE) / path
        place.parent.mkdir()
        place.touch()
    (installer.place(STATE) / "empty").mkdir()
    installer.uninstall()
    assert f"and the zips and the dumps below it: sudo rm -r {STATE}" in "\n".join(installer.told)
    installer.told.clear()
    installer.uninstall(purge=True)
    assert {p for p in installer.linux.tree() if p.startswith(f"{STATE}/")} == {
        f"{STATE}/{name}"
        for name in ("dumps", "dumps/core.gz", "zips", "zips/core.zip", ".aws", ".aws/credentials")
    }
    stays = installer.told[installer.told.index("What stays, and what would remove it:") :]
    assert stays[1:4] == [
        f"  the zips: sudo rm -r {STATE}/zips",
        f"  what else lies beside the journal: sudo rm -r {STATE}/.aws",
        "  the dumps themselves, where they arrive",
    ]


def test_all_that_a_daemon_keeps_is_known(tmp_path: Path) -> None:
    state = StateDirectory.acquire(tmp_path)
    journal = Journal.open(tmp_path)
    try:
        found = set(os.listdir(tmp_path))
    finally:
        journal.close()
        state.release()
    assert {"lock", "wake", "journal.sqlite3", "journal.sqlite3-wal"} <= found
    assert [name for name in found if not is_record(name)] == []


def test_what_the_configuration_keeps_elsewhere_stays_and_is_told(installer: Installer) -> None:
    installer.install()
    installer.place(CONFIGURATION).write_text(
        'state_directory = "/srv/state"\n'
        '[stages.package]\ndirectory = "/srv/it\'s here"\n'
        '[stages.compress]\ndirectory = "~/spool"\n'
    )
    owner = installer.linux.machine.uid("panicpipe")
    assert owner is not None
    for path in ("/srv/state", "/srv/it's here", f"{STATE}/spool"):
        place = installer.place(path)
        place.mkdir(parents=True)
        (place / "file").touch()
        os.chown(place, owner, owner)
    installer.uninstall(purge=True)
    assert installer.place("/srv/state/file").exists()
    assert not installer.place(STATE).exists()
    stays = installer.told[installer.told.index("What stays, and what would remove it:") :]
    assert stays[1:3] == [
        "  the journal and what waits to be sent: sudo rm -r /srv/state",
        "  the zips: sudo rm -r '/srv/it'\"'\"'s here'",
    ]
    assert stays[-3:] == [
        "  sudo chown -R -h root:root /srv/state",
        "What stays in '/srv/it'\"'\"'s here' is its account's, which is gone; have it be root's:",
        "  sudo chown -R -h root:root '/srv/it'\"'\"'s here'",
    ]


def test_a_directory_of_somebody_else_is_not_given_to_root(installer: Installer) -> None:
    installer.install()
    installer.place(CONFIGURATION).write_text('state_directory = "/srv/state"\n')
    installer.place("/srv/state").mkdir(parents=True)
    installer.uninstall(purge=True)
    assert "chown -R -h" not in "\n".join(installer.told)


def test_it_is_stopped_first_and_can_be_taken_away_again(installer: Installer) -> None:
    installer.install()
    installer.linux.forget_calls()
    installer.uninstall()
    assert installer.verbs == ["disable", "daemon-reload"]
    assert installer.unit["active"] == "inactive"
    installer.uninstall(purge=True)
    assert installer.verbs == ["disable", "daemon-reload"]


def test_what_one_has_set_for_the_unit_oneself_stays(installer: Installer) -> None:
    installer.install()
    own = installer.place(f"{UNIT}.d/own.conf")
    own.write_text("[Service]\nNice=5\n")
    installer.uninstall(purge=True)
    assert own.exists()
    assert f"sudo rm -r {UNIT}.d" in "\n".join(installer.told)


def test_a_command_of_that_name_that_is_not_ours_stays(installer: Installer) -> None:
    installer.install()
    installer.place("/usr/local/bin/panicpipe").write_text("#!/bin/sh\necho mine\n")
    installer.uninstall(purge=True)
    assert installer.text("/usr/local/bin/panicpipe") == "#!/bin/sh\necho mine\n"
