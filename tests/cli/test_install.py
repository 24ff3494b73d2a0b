"""`panicpipe install`, `uninstall` and `service` as commands, on a Mac to rehearse on."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.cli.main import call
from pipeline.errors import ExitCode
from pipeline.machine import Machine
from pipeline.machine.lock import alone
from tests.cli.command import Terminal, environment, no_longer_read, panicpipe
from tests.cli.journals import every_state
from tests.installing import linux_installer
from tests.installing.mac_installer import (
    FIRST,
    HOME,
    LABEL,
    LOG,
    OUTPUTS,
    PLIST,
    SECOND,
    STATE,
    Installer,
)
from tests.macs.quick import quick_mac

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def installer(open_path: Path) -> Installer:
    installer = Installer(quick_mac(open_path))
    installer.make("/opt/one")
    return installer


@pytest.fixture
def installed(installer: Installer) -> Installer:
    installer.install()
    return installer


def _run(of: Installer, *arguments: str) -> int:
    return call([*arguments, "--root", str(of.mac.root)])


@as_root
def test_it_installs_and_tells_each_change(installer: Installer, tmp_path: Path) -> None:
    root = str(installer.mac.root)
    done = panicpipe(tmp_path, "install", "--root", root, "--environment", "//opt/one/")
    assert (done.returncode, done.stderr) == (ExitCode.OK, "")
    assert f"write  {PLIST}  root:wheel 0644" in done.stdout
    assert f"runs   {LABEL}, pid {installer.job.pid}" in done.stdout
    assert installer.runs_from == "/opt/one/bin/python"


_WATCHED = """
import sys
from pipeline.cli.main import call

removed, arguments = sys.argv[1], sys.argv[2:]
late, armed = [], False

def look(event, given):
    global armed
    if event == "shutil.rmtree" and str(given[0]).endswith(removed):
        armed = True
    elif event == "import" and armed:
        late.append(given[0])

sys.addaudithook(look)
status = int(call(arguments))
sys.stdout.flush()
print(["removed" if armed else "still there", status, *late])
"""


@as_root
@pytest.mark.parametrize(
    ("arguments", "removed"),
    [
        (["install", "--environment", SECOND], FIRST),
        (["uninstall", "--purge", "--yes"], HOME),
    ],
)
def test_nothing_is_imported_once_what_it_may_run_from_is_gone(
    installed: Installer, tmp_path: Path, arguments: list[str], removed: str
) -> None:
    installed.make(SECOND)
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, removed, *arguments, "--root", str(installed.mac.root)],
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "['removed', 0]"


@as_root
@pytest.mark.parametrize(
    ("arguments", "removed"),
    [
        (["install", "--with", "a-plugin"], "/opt/panicpipe/environments/1"),
        (["uninstall", "--purge", "--yes"], "/opt/panicpipe"),
    ],
)
def test_nor_on_linux(
    open_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], removed: str
) -> None:
    linux = linux_installer.quick_installer(open_path, monkeypatch)
    linux.install()
    done = subprocess.run(
        [sys.executable, "-c", _WATCHED, removed, *arguments, "--root", str(linux.linux.root)],
        env=environment(open_path),
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "['removed', 0]"


@pytest.mark.parametrize(
    "command",
    [
        ["install", "--environment", "/opt/one"],
        ["uninstall"],
        ["uninstall", "--purge", "--yes"],
        ["service", "start"],
        ["service", "stop"],
        ["service", "restart"],
    ],
)
def test_who_is_not_root_is_refused(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 501)
    assert call(command) == ExitCode.NEEDS_ROOT
    assert "put sudo before the command" in capsys.readouterr().err


@as_root
@pytest.mark.parametrize(
    "command", [["install", "--environment", "/opt/one"], ["uninstall"], ["service", "stop"]]
)
def test_two_at_once_are_refused(
    installed: Installer, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before = installed.mac.tree()
    with alone(installed.mac.machine):
        assert _run(installed, *command) == ExitCode.BUSY
    assert "another panicpipe changes this machine" in capsys.readouterr().err
    assert installed.mac.tree() == before


def test_the_lock_is_given_back_and_leaves_nothing(installer: Installer) -> None:
    before = installer.mac.tree()
    for _ in range(2):
        with alone(installer.mac.machine):
            pass
    assert installer.mac.tree() == before
    with alone(installer.mac.machine), alone(installer.mac.machine, dry_run=True):
        pass  # who only looks waits for nobody


def test_where_root_has_no_home_there_is_no_lock(tmp_path: Path) -> None:
    with alone(Machine(tmp_path, "linux")):
        assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--environment", "opt/one"], "--environment: must be an absolute path"),
        (["--dumps", "PanicDumps"], "--dumps: must be an absolute path"),
        (["--uv", "/usr/bin/u\nv"], "--uv: must have printable characters only"),
        (["--with", "a-plugin", "--without-plugins"], "exclude each other"),
        (["--with", "a-plugin", "--environment", "/opt/one"], "install plugins into it yourself"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(
    installer: Installer,
    options: list[str],
    words: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = installer.mac.tree()
    assert _run(installer, "install", *options) == ExitCode.USAGE
    assert words in capsys.readouterr().err
    assert installer.mac.tree() == before


@as_root
@pytest.mark.parametrize(
    ("arguments", "begun"),
    [
        (["install", "--environment", SECOND], "run    /bin/launchctl bootout"),
        (["uninstall", "--purge", "--yes"], "remove"),
    ],
)
def test_what_is_begun_is_ended_also_where_nobody_reads(
    installed: Installer, tmp_path: Path, arguments: list[str], begun: str
) -> None:
    """As with `| head`: a service must not stay down for that."""
    installed.make(SECOND)
    root = str(installed.mac.root)
    assert no_longer_read(tmp_path, begun, *arguments, "--root", root) == (ExitCode.OK, "")
    if arguments[0] == "install":
        assert installed.runs_from == f"{SECOND}/bin/python"
        assert installed.job.pid
    else:
        assert not installed.place(HOME).exists()


@as_root
def test_what_is_begun_is_ended_also_where_the_terminal_is_closed(
    installed: Installer, tmp_path: Path
) -> None:
    installed.make(SECOND)
    arguments = ["install", "--environment", SECOND, "--root", str(installed.mac.root)]
    with Terminal(tmp_path, *arguments) as terminal:
        terminal.until("launchctl bootout")
        terminal.close()
        terminal.signal(signal.SIGHUP)
        terminal.process.wait(60)
    assert installed.runs_from == f"{SECOND}/bin/python"
    assert installed.job.pid


@as_root
def test_what_others_have_planted_ends_with_a_code_of_its_own(
    installer: Installer, capsys: pytest.CaptureFixture[str]
) -> None:
    installer.place(OUTPUTS).symlink_to("/private/tmp")
    assert _run(installer, "install", "--environment", "/opt/one") == ExitCode.UNTRUSTED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.endswith(
        "/Users/Shared/PanicPipe: is no directory; look who made it, and remove it"
    )


@as_root
def test_without_a_terminal_purging_must_be_meant(
    installed: Installer, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115
    before = installed.mac.tree()
    assert _run(installed, "uninstall", "--purge") == ExitCode.USAGE
    assert "add --yes" in capsys.readouterr().err
    assert installed.mac.tree() == before


@as_root
def test_before_purging_what_would_be_lost_is_said_and_no_is_taken_for_no(
    installed: Installer, tmp_path: Path
) -> None:
    every_state(installed.place(STATE))
    before = installed.mac.tree()
    root = str(installed.mac.root)
    with Terminal(tmp_path, "uninstall", "--purge", "--root", root) as terminal:
        shown = terminal.until("for good? [y/N]:")
        os.write(terminal._ours, b"n\n")
        terminal.rest()
    assert "alerts that were not sent yet: 1" in shown
    assert terminal.process.returncode == ExitCode.INTERRUPTED
    assert before.keys() <= installed.mac.tree().keys()
    assert installed.job.pid


@as_root
def test_its_state_is_one_line_and_an_exit_code(
    installed: Installer, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(installed, "service", "status") == ExitCode.OK
    assert capsys.readouterr().out.startswith("The service is running, pid ")
    installed.service().stop()
    assert _run(installed, "service", "status") == ExitCode.FAILED
    assert "stopped; does not start with the Mac" in capsys.readouterr().out


@as_root
def test_its_log_is_shown(installed: Installer, capsys: pytest.CaptureFixture[str]) -> None:
    installed.put(LOG, "".join(f"line {number}\n" for number in range(9)))
    assert _run(installed, "service", "logs", "-n", "2") == ExitCode.OK
    assert capsys.readouterr().out == "line 7\nline 8\n"


@as_root
@pytest.mark.parametrize("command", [["uninstall", "--purge"], ["service", "stop"]])
def test_a_dry_run_changes_nothing(
    installed: Installer, command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    before, state = installed.mac.tree(), json.dumps(installed.mac.state)
    assert _run(installed, *command, "--dry-run") == ExitCode.OK
    assert installed.mac.tree() == before
    assert json.dumps(installed.mac.state) == state
    assert f"bootout system/{LABEL}" in capsys.readouterr().out
