"""Installing and upgrading on Linux, on a scratch root, as root."""

from __future__ import annotations

import fcntl
import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from pipeline.errors import AlreadyRunning, ConfigError, ExitCode, MachineError, Untrusted
from pipeline.journal import Journal
from tests.cli.command import panicpipe
from tests.installing import fake_python
from tests.installing.linux_installer import (
    CONFIGURATION,
    DIRECTORIES,
    STATE,
    UNIT,
    WRAPPER,
    Installer,
    quick_installer,
)

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root")
PYTHON = "/opt/panicpipe/environments/1/bin/python"


@pytest.fixture
def installer(open_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    return quick_installer(open_path, monkeypatch)


def _owners(installer: Installer) -> dict[str, tuple[int, int, int]]:
    return {path: entry[:3] for path, entry in installer.linux.tree().items()}


@as_root
def test_everything_is_there_afterwards_with_its_owner_and_mode(installer: Installer) -> None:
    installer.install(dumps="/srv/dumps")
    found = _owners(installer)
    assert found[UNIT] == (0, 0, 0o644)
    assert found[DIRECTORIES] == (0, 0, 0o644)
    assert found[WRAPPER] == (0, 0, 0o755)
    assert found[STATE] == (999, 995, 0o700)
    assert found[CONFIGURATION] == (0, 995, 0o640), "alerts' passwords are not for everybody"
    assert f"ExecStart={PYTHON} -I -m pipeline run\n" in installer.text(UNIT)
    assert f"exec '{PYTHON}' -I -m pipeline" in installer.text(WRAPPER)
    assert 'path = "/srv/dumps"\n' in installer.text(CONFIGURATION)
    assert 'ReadWritePaths="-/srv/dumps"\n' in installer.text(DIRECTORIES)


@as_root
def test_it_runs_and_starts_with_the_machine(installer: Installer) -> None:
    installer.install()
    assert installer.unit["active"] == "active"
    assert installer.unit["enabled"]
    assert installer.verbs == ["daemon-reload", "enable", "reset-failed", "start"]
    assert "runs   panicpipe.service, pid 4321" in installer.told


@as_root
def test_the_configuration_is_checked_before_the_service_is_touched(installer: Installer) -> None:
    installer.install()
    installer.place(CONFIGURATION).write_text("bad = 1\n")
    installer.linux.forget_calls()
    with pytest.raises(ConfigError, match="bad: is not a known key"):
        installer.install()
    assert installer.verbs == []


@as_root
def test_again_changes_nothing_and_interrupts_nothing(installer: Installer) -> None:
    installer.install()
    before, starts = installer.linux.tree(), installer.unit["starts"]
    installer.install()
    assert installer.linux.tree() == before
    assert installer.unit["starts"] == starts


@as_root
def test_an_upgrade_is_started_from_its_own_environment(installer: Installer) -> None:
    installer.install()
    before = set(installer.linux.tree())
    installer.install(extra=("a-plugin",))
    assert "environments/2/bin/python" in installer.unit["runs"]
    assert "environments/2/bin/python" in installer.text(WRAPPER)
    assert installer.verbs[-1] == "restart"
    after = {path.replace("environments/2", "environments/1") for path in installer.linux.tree()}
    assert after == before, "the environment before it is gone, and nothing else is there"


@as_root
def test_an_upgrade_that_was_killed_before_its_restart_is_ended_by_the_next_one(
    installer: Installer,
) -> None:
    """The unit is the new one already; only the daemon tells that it is the earlier one."""
    installer.install()
    state = installer.place(STATE)
    with closing(Journal.open(state)) as journal, (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        mark = json.dumps({"run": "x", "prefix": "/opt/panicpipe/environments/0"})
        journal.conditions.put("daemon.runs:mark", 1.0, mark)
        for path in state.iterdir():
            os.chown(path, 999, 995)
        installer.linux.forget_calls()
        installer.install()
    assert installer.verbs[-1] == "restart"


@as_root
def test_what_does_not_start_is_put_back(installer: Installer) -> None:
    installer.install()
    before = installer.linux.tree()
    with installer.linux.changed() as state:
        state["refuses"] = "environments/2/"
        state["journal"] = ["ERROR no such thing"]
    with pytest.raises(
        MachineError, match=r"log ends with: ERROR no such thing; the version before"
    ):
        installer.install(extra=("a-plugin",))
    after = installer.linux.tree()
    assert {path: after[path] for path in (UNIT, WRAPPER, DIRECTORIES)} == {
        path: before[path] for path in (UNIT, WRAPPER, DIRECTORIES)
    }
    assert installer.unit["active"] == "active"
    assert "environments/1/" in installer.unit["runs"]


@as_root
def test_a_first_one_that_does_not_start_says_what_the_log_says(installer: Installer) -> None:
    with installer.linux.changed() as state:
        state["refuses"] = "ExecStart"
        state["journal"] = ["ERROR one", "ERROR two"]
    with pytest.raises(MachineError, match=r"log ends with: ERROR one \| ERROR two"):
        installer.install()


@as_root
def test_what_a_daemon_of_root_s_left_is_given_to_the_account(installer: Installer) -> None:
    state = installer.place(STATE)
    state.mkdir()
    (state / "journal.sqlite3").touch()
    installer.install()
    assert _owners(installer)[f"{STATE}/journal.sqlite3"][:2] == (999, 995)


@as_root
def test_a_daemon_that_root_runs_must_be_stopped_first(installer: Installer) -> None:
    from pipeline.daemon.state_directory import StateDirectory

    with (
        StateDirectory.acquire(installer.place(STATE)),
        pytest.raises(AlreadyRunning, match="stop that one first"),
    ):
        installer.install()
    assert not installer.place(UNIT).exists()


@as_root
def test_a_configuration_that_the_account_cannot_read_is_refused(installer: Installer) -> None:
    installer.install()
    installer.place(CONFIGURATION).chmod(0o600)
    with pytest.raises(ConfigError, match=f"chgrp panicpipe {CONFIGURATION}"):
        installer.install()


@pytest.mark.parametrize(
    "line", ["panicpipe:x:0:0::/:/usr/sbin/nologin", "panicpipe:x:1001:1001::/home/p:/bin/bash"]
)
def test_an_account_of_that_name_that_is_somebody_s_is_refused(
    installer: Installer, line: str
) -> None:
    with installer.place("/etc/passwd").open("a") as file:
        file.write(f"{line}\n")
    with pytest.raises(Untrusted, match="the service must not run as it"):
        installer.install()
    assert not installer.verbs


@as_root
def test_a_group_of_that_name_becomes_the_account_s(installer: Installer) -> None:
    with installer.place("/etc/group").open("a") as file:
        file.write("panicpipe:x:995:\n")
    installer.install()
    (call,) = [call for call in installer.linux.calls if call[0].endswith("useradd")]
    assert call[call.index("--gid") + 1] == "panicpipe"


def test_without_systemd_it_is_said_plainly(installer: Installer) -> None:
    installer.place("/run/systemd/system").rmdir()
    with pytest.raises(MachineError, match=r"a container\?.*: panicpipe run"):
        installer.install()


def test_a_dry_run_tells_all_and_changes_nothing(installer: Installer) -> None:
    before = installer.linux.tree()
    installer.install(dry_run=True, dumps="/srv/dumps")
    assert installer.linux.tree() == before
    assert not installer.linux.calls
    told = "\n".join(installer.told)
    for words in (
        "useradd --system",
        'ReadWritePaths="-/srv/dumps"',
        f"write  {UNIT}",
        "systemctl start",
        f"write  {WRAPPER}",
    ):
        assert words in told


@as_root
def test_the_command_installs_on_a_scratch_root(installer: Installer, tmp_path: Path) -> None:
    done = panicpipe(tmp_path, "install", "--root", str(installer.linux.root))
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert installer.unit["active"] == "active"
    assert (fake_python.calls(installer.linux.root)[-1][:7]) == [
        PYTHON,
        "-I",
        "-m",
        "pipeline",
        "config",
        "check",
        "--config",
    ]
