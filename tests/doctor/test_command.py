"""`panicpipe doctor`, as it is called, on a Mac and on a Linux machine to rehearse on."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.cli.main import call
from pipeline.errors import ExitCode
from pipeline.journal import Journal
from pipeline.model import Identity
from tests.cli.command import environment, on_a_terminal, panicpipe
from tests.doctor import macs
from tests.macs.fake_mac import FakeMac

Checks = dict[str, list[dict[str, Any]]]


def _asked(capsys: pytest.CaptureFixture[str], root: Path, *options: str) -> tuple[int, Checks]:
    """Ask in this process; returns how it ended, and what it found by the names of the checks."""
    code = call(["doctor", "--json", "--root", str(root), *options])
    told = json.loads(capsys.readouterr().out)
    found: Checks = {}
    for check in told["checks"]:
        found.setdefault(check["check"], []).append(check)
    return code, found


def _levels(found: Checks, check: str) -> list[str]:
    return [each["level"] for each in found[check]]


@pytest.fixture
def installed(mac: FakeMac) -> FakeMac:
    macs.install(mac, "launchctl")
    return mac


def test_a_machine_without_anything_is_told_to_install(
    mac: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = _asked(capsys, mac.root)
    assert code == ExitCode.UNHEALTHY
    assert found["service.running"][0]["remedy"] == "sudo panicpipe install"


def test_a_daemon_at_work_is_recognised(
    installed: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    with macs.daemon(installed):
        _, found = _asked(capsys, installed.root)
    assert _levels(found, "service.running") == ["ok"]
    assert _levels(found, "service.enabled") == ["ok"]
    assert _levels(found, "service.version") == ["ok"]
    assert _levels(found, "configuration.valid") == ["ok"]
    assert _levels(found, "configuration.directories") == ["ok"]
    assert _levels(found, "configuration.source") == ["ok"]
    assert found["dumps.last"][0]["what"] == "no dump has come yet"
    assert not [name for name in found if name.endswith(".failed")]


@pytest.mark.skipif(shutil.disk_usage("/tmp").free < 11e9, reason="no room, so not all is well")
def test_a_mac_in_good_order_is_well_and_fits_a_screen(mac: FakeMac, tmp_path: Path) -> None:
    macs.install(mac)
    with macs.daemon(mac):
        done = panicpipe(tmp_path, "doctor", "--root", str(mac.root))
    assert done.returncode == ExitCode.OK, done.stdout
    lines = done.stdout.splitlines()
    assert lines[-1].startswith("All is well: ")
    assert len(lines) <= 30
    assert max(map(len, lines)) <= 100


@pytest.mark.parametrize(
    ("job", "overrides", "check", "says"),
    [
        (None, {}, "service.running", "not loaded"),
        ({"pid": None, "exit": 78 << 8}, {}, "service.running", "ended last with 78"),
        ({"pid": None, "exit": 9}, {macs.LABEL: True}, "service.enabled", "disabled"),
    ],
)
def test_what_launchd_says_of_a_daemon_that_does_not_run(
    installed: FakeMac,
    capsys: pytest.CaptureFixture[str],
    job: dict[str, Any] | None,
    overrides: dict[str, bool],
    check: str,
    says: str,
) -> None:
    with installed.changed() as state:
        jobs = {} if job is None else {macs.LABEL: {**job, "program": ["/x"]}}
        state["launchd"] = {"jobs": jobs, "overrides": overrides}
    code, found = _asked(capsys, installed.root)
    assert code == ExitCode.UNHEALTHY
    assert (found[check][0]["level"], says in found[check][0]["what"]) == ("fail", True)


def test_looking_changes_nothing(installed: FakeMac, capsys: pytest.CaptureFixture[str]) -> None:
    macs.journal(installed).close()
    before = installed.tree()
    _asked(capsys, installed.root)
    assert installed.tree() == before
    with macs.daemon(installed):
        before = installed.tree()
        _asked(capsys, installed.root)
        after = installed.tree()
    shared = f"{macs.STATE}/journal.sqlite3-shm"  # where SQLite notes for a moment who reads
    assert {**after, shared: before[shared]} == before


def test_a_journal_that_cannot_be_read_fails(
    installed: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    file = installed.machine.place(f"{macs.STATE}/journal.sqlite3")
    file.write_bytes(b"no journal" * 999)
    code, found = _asked(capsys, installed.root)
    assert code == ExitCode.UNHEALTHY
    assert _levels(found, "dumps.journal") == ["fail"]


def test_a_faulty_configuration_is_a_line_and_everything_else_is_told(
    installed: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    macs.journal(installed).close()
    file = installed.machine.place(f"{macs.SITE}/panicpipe.toml")
    file.write_text("[pipeline\n")
    code, found = _asked(capsys, installed.root)
    assert code == ExitCode.UNHEALTHY
    assert _levels(found, "configuration.valid") == ["fail"]
    assert found["configuration.valid"][0]["remedy"] == "sudo panicpipe config check"
    assert "dumps.last" in found
    file.write_text("[pipeline]\nworkers = 0\n")
    code, found = _asked(capsys, installed.root)
    assert "pipeline.workers" in found["configuration.valid"][0]["what"]


def test_a_configuration_that_was_named_and_is_not_there_is_a_line(
    installed: FakeMac, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, found = _asked(capsys, installed.root, "--config", str(tmp_path / "no.toml"))
    assert code == ExitCode.UNHEALTHY
    assert "no such file" in found["configuration.valid"][0]["what"]


def test_secrets_are_never_shown(installed: FakeMac, tmp_path: Path) -> None:
    file = installed.machine.place(f"{macs.SITE}/panicpipe.toml")
    secret = "hunter2-correct-horse"
    file.write_text(
        f'[notifiers.ops]\nuse = "apprise"\nurls = ["json://user:{secret}@localhost/?x={secret}"]\n'
        f'[notifiers.bad]\nuse = "apprise"\nurls = ["nonsense://{secret}"]\n'
    )
    done = panicpipe(tmp_path, "doctor", "--root", str(installed.root), "--json")
    assert done.returncode == ExitCode.UNHEALTHY, done.stderr
    assert "nonsense" in done.stdout
    assert secret not in done.stdout + done.stderr


def test_a_hostile_name_reaches_the_page_escaped(installed: FakeMac, tmp_path: Path) -> None:
    journal = macs.journal(installed)
    journal.dumps.add(
        source="directory",
        raw_name=b"core-\x1b[2J\r\n\xe2\x80\xae",
        identity=Identity(inode=1, size=1, mtime_ns=0),
        now=1e9,
    )
    journal.close()
    done = panicpipe(tmp_path, "doctor", "--root", str(installed.root))
    assert "core-\\x1b[2J\\x0d\\x0a\\u202e" in done.stdout
    assert "\x1b" not in done.stdout


def test_a_terminal_gets_colours_and_its_width(installed: FakeMac, tmp_path: Path) -> None:
    shown = on_a_terminal(tmp_path, "doctor", "--root", str(installed.root))
    assert "\x1b[31m" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert all(len(line) <= 100 or "/" in line for line in plain.splitlines())


def test_a_clock_before_the_last_entry_fails(
    installed: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    journal = macs.journal(installed)
    journal.dumps.add(
        source="directory",
        raw_name=b"core",
        identity=Identity(inode=1, size=1, mtime_ns=0),
        now=4e9,
    )
    journal.close()
    code, found = _asked(capsys, installed.root)
    assert code == ExitCode.UNHEALTHY
    assert _levels(found, "machine.clock") == ["fail"]


def test_the_time_is_asked_for_elsewhere_only_where_that_is_wanted(
    mac: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    macs.install(mac, "systemsetup", "sntp")
    with mac.changed() as state:
        state["time"] = {"offset": 3600.5, "server": "ntp.lab"}
    _, found = _asked(capsys, mac.root)
    assert "machine.time-server" not in found
    _, found = _asked(capsys, mac.root, "--online")
    (told,) = found["machine.time-server"]
    assert (told["level"], told["remedy"]) == ("fail", "sudo sntp -sS ntp.lab")


def test_what_is_switched_off_in_login_items_fails(
    mac: FakeMac, capsys: pytest.CaptureFixture[str]
) -> None:
    macs.install(mac, "sfltool")
    with mac.changed() as state:
        state["login_items_off"] = [macs.LABEL]
    _, found = _asked(capsys, mac.root)
    assert _levels(found, "service.enabled") == ["fail"]
    assert "Login Items" in found["service.enabled"][0]["remedy"]


_STRANGER = """
import os, sys
import encodings.utf_8_sig, pipeline.config.loading  # a stranger may not read what Python is in
import pipeline.cli.config_remarks, pipeline.cli.doctor, pipeline.doctor.diagnosis
import pipeline.config.coverage, pipeline.messages, pipeline.stages.package, pipeline.stages.verify
import pipeline.sources.directory
os.setuid(65534)
from pipeline.cli import main
sys.exit(main.call(sys.argv[1:]))
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_without_root_what_cannot_be_seen_is_unknown_and_sudo_is_named(tmp_path: Path) -> None:
    tmp_path.parent.parent.chmod(0o755)
    tmp_path.parent.chmod(0o755)
    state, config = tmp_path / "state", tmp_path / "panicpipe.toml"
    state.mkdir(0o700)
    Journal.open(state).close()
    config.write_text(f'state_directory = "{state}"\n')
    done = subprocess.run(
        [sys.executable, "-c", _STRANGER, "doctor", "--config", config],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode in (10, 11), done.stderr
    assert "dumps and what is owed: needs sudo" in done.stdout
    assert "Use sudo" in done.stdout
    assert not done.stderr
