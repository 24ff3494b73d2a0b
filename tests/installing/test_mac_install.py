"""Installing on a Mac, on a scratch root, as root."""

from __future__ import annotations

import os
import plistlib
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from pipeline.errors import ConfigError, MachineError
from pipeline.installing import mac_plist
from pipeline.installing.wrapper import wrapper
from tests.installing.mac_installer import (
    CONFIGURATION,
    HOME,
    LABEL,
    LOG,
    OUTPUTS,
    PLIST,
    PYTHON,
    SITE,
    STATE,
    WRAPPER,
    Installer,
    build_quickly,
)
from tests.macs.launchd_rules import faults_of_calls, faults_of_plist
from tests.macs.quick import quick_mac

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="gives files away, which only root can")


@pytest.fixture
def installer(open_path: Path) -> Installer:
    return Installer(quick_mac(open_path))


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installer:
    """One that has built its environment, and is only looked at."""
    installer = Installer(quick_mac(tmp_path_factory.mktemp("installed")))
    installer.install(build=True, dumps='/Volumes/Dumps/Panic "1"')
    return installer


def test_everything_is_there_with_its_owner_group_and_mode(installed: Installer) -> None:
    found = installed.owners()
    expected = {
        HOME: (0, 0, 0o755),
        WRAPPER: (0, 0, 0o755),
        PLIST: (0, 0, 0o644),
        SITE: (0, 0, 0o755),
        CONFIGURATION: (0, 0, 0o644),
        STATE: (0, 0, 0o700),
        "/Library/Logs/PanicPipe": (0, 80, 0o750),
        LOG: (0, 80, 0o640),
        OUTPUTS: (0, 80, 0o750),
        "/private/etc/newsyslog.d/org.panicpipe.conf": (0, 0, 0o644),
        "/private/etc/paths.d/org.panicpipe": (0, 0, 0o644),
    }
    assert {path: found.get(path) for path in expected} == expected


def test_it_runs(installed: Installer) -> None:
    assert installed.verbs == ["bootstrap"], "nothing is enabled that is not disabled"
    assert f"runs   {LABEL}, pid {installed.job.pid}" in installed.told
    assert installed.runs_from == PYTHON
    assert any("server setup" in line for line in installed.told), "what to do next"


def test_launchd_is_told_nothing_that_it_does_not_know(installed: Installer) -> None:
    assert faults_of_calls(installed.mac.calls) == []


def test_the_property_list_is_one_for_launchd(installed: Installer) -> None:
    data = installed.place(PLIST).read_bytes()
    plist = plistlib.loads(data)
    assert faults_of_plist(plist) == []
    assert plist["ProgramArguments"] == [*(PYTHON, "-I", "-m", "pipeline", "run", "--log", LOG)]
    assert plist["StandardErrorPath"] == LOG
    assert mac_plist.program(data) == PYTHON
    assert b"<!--" in data, "its comments say why"


@pytest.mark.skipif(not shutil.which("plistutil"), reason="Debian: libplist-utils")
@pytest.mark.parametrize("python", [PYTHON, "/opt/a & <b>/\\1 \\g<0>/ü/bin/python"])
def test_another_program_reads_the_same_property_list(python: str, tmp_path: Path) -> None:
    text = mac_plist.rendered(python)
    done = subprocess.run(["plistutil", "-f", "xml"], input=text, capture_output=True, check=True)
    assert plistlib.loads(done.stdout) == plistlib.loads(text)
    assert plistlib.loads(text)["ProgramArguments"][0] == python


@pytest.mark.parametrize("path", ["/opt/\x07/bin/python", os.fsdecode(b"/opt/\xff/bin/python")])
def test_a_path_that_no_property_list_can_name_is_refused(path: str) -> None:
    with pytest.raises(MachineError, match="use a plain path"):
        mac_plist.rendered(path)


@pytest.mark.parametrize("name", ['it\'s "$(touch x)" `y` \\', "-n", "a\nb"])
def test_the_command_runs_that_interpreter_whatever_it_is_called(name: str, tmp_path: Path) -> None:
    python = tmp_path / name / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text('#!/bin/sh\nprintf "%s|" "$@"\n')
    python.chmod(0o755)
    command = tmp_path / "panicpipe"
    command.write_bytes(wrapper(str(python)))
    command.chmod(0o755)
    done = subprocess.run(
        [command, "show", "a b", ""], capture_output=True, text=True, check=True, cwd=tmp_path
    )
    assert done.stdout == "-I|-m|pipeline|show|a b||"
    assert not (tmp_path / "x").exists()


def test_new_terminals_find_the_command(installed: Installer) -> None:
    assert installed.text("/etc/paths.d/org.panicpipe") == "/Library/PanicPipe/bin\n"


def test_newsyslog_is_told_in_its_own_form_and_that_there_is_no_process_to_signal(
    installed: Installer,
) -> None:
    fields = installed.text("/etc/newsyslog.d/org.panicpipe.conf").split()
    assert fields == [LOG, "root:admin", "640", "7", "1024", "*", "NZ"]


def test_the_directory_of_dumps_is_written_into_the_configuration(installed: Installer) -> None:
    value = tomllib.loads(installed.text(CONFIGURATION))
    assert value["source"]["directory"]["path"] == '/Volumes/Dumps/Panic "1"'


def test_the_account_is_made_before_anything_runs(installed: Installer) -> None:
    assert installed.mac.machine.uid("_panicpipe") == 450
    calls = [call[0].rpartition("/")[2] for call in installed.mac.calls]
    assert calls.index("sysadminctl") < len(calls) - calls[::-1].index("launchctl")


def test_the_configuration_is_checked_by_the_environment_that_will_run(
    installed: Installer,
) -> None:
    place = str(installed.place(CONFIGURATION))
    assert [PYTHON, "-I", "-m", "pipeline", "config", "check", "--config", place] in (
        installed.mac.calls
    )


def test_again_nothing_is_restarted_changed_or_told_but_what_is_kept(
    installer: Installer,
) -> None:
    installer.install()
    before, pid = installer.mac.tree(), installer.job.pid
    installer.mac.forget_calls()
    told = installer.install()
    assert installer.mac.tree() == before
    assert installer.job.pid == pid
    assert installer.verbs == []
    words = {line.split()[0] for line in told if line}
    assert words <= {"Root", "|", "keep", "check", "note", "runs", "All"}
    assert "All was as it should be; nothing was changed." in told


def test_a_dry_run_afterwards_tells_of_no_change(installer: Installer) -> None:
    installer.install()
    told = installer.install(dry_run=True)
    assert not {"write", "make", "run", "remove", "give"} & {line.split()[0] for line in told}


def test_a_dry_run_tells_every_file_and_command_and_changes_nothing(
    installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_quickly(monkeypatch)
    before = installer.mac.tree()
    told = "\n".join(installer.install(dry_run=True, build=True))
    assert installer.mac.tree() == before
    assert not installer.verbs
    assert not installer.of("sysadminctl")
    for words in (
        f"make   {STATE}/  root:wheel 0700",
        f"write  {PLIST}  root:wheel 0644",
        f"write  {WRAPPER}  root:wheel 0755",
        f"write  {CONFIGURATION}  root:wheel 0644",
        "     |   <string>org.panicpipe.daemon</string>",
        "run    /usr/sbin/sysadminctl -addUser _panicpipe",
        f"run    /bin/launchctl bootstrap system {PLIST}",
        f"run    /bin/launchctl kickstart system/{LABEL}",
        "python install",
        "-m venv",
    ):
        assert words in told


def test_a_configuration_that_is_there_is_kept(installer: Installer) -> None:
    installer.put(CONFIGURATION, '# mine\n[pipeline]\nstages = ["verify"]\n')
    told = installer.install()
    assert installer.text(CONFIGURATION).startswith("# mine")
    assert f"keep   {CONFIGURATION}" in told


def test_every_fault_of_a_configuration_is_told_and_launchd_is_not_touched(
    installer: Installer,
) -> None:
    installer.put(CONFIGURATION, "[server]\nexpect_listener = 3\n[pipeline]\nbad = 1\n")
    with pytest.raises(ConfigError) as caught:
        installer.install()
    assert len(str(caught.value).splitlines()) == 2
    assert installer.verbs == []
    assert not installer.place(PLIST).exists()
    installer.put(CONFIGURATION, "")
    installer.install()
    assert installer.job.pid


def test_what_is_only_remarkable_in_a_configuration_is_told(installer: Installer) -> None:
    installer.put(CONFIGURATION, '[notifiers.ops]\nuse = "apprise"\nurls = ["json://a:b@c"]\n')
    noted = [line for line in installer.install() if line.startswith("note ")]
    assert "everybody can read it; run: chmod go-r" in noted[0]


def test_the_same_installation_can_be_tried_again_after_a_failure(
    installer: Installer, monkeypatch: pytest.MonkeyPatch
) -> None:
    build_quickly(monkeypatch)
    with installer.mac.changed() as state:
        state["uv"] = "offline"
    with pytest.raises(MachineError, match="Failed to install cpython"):
        installer.install(build=True, dumps="/srv/dumps")
    with installer.mac.changed() as state:
        state["uv"] = "made"
    installer.install(dumps="/srv/dumps")
    assert installer.job.pid


def test_an_environment_that_root_may_run_can_be_named(installer: Installer) -> None:
    installer.install()
    installer.make("/opt/mine")
    told = installer.install(environment="/opt/mine/")
    assert installer.runs_from == "/opt/mine/bin/python"
    assert not os.listdir(installer.place(f"{HOME}/environments")), "nothing runs from it"
    assert not any("-m pip" in line for line in told)


@pytest.mark.parametrize("name", ["environments//1", "environments/./1", "current"])
def test_a_named_environment_of_ours_is_not_retired_by_any_of_its_names(
    installer: Installer, name: str
) -> None:
    installer.install()
    installer.place(f"{HOME}/current").symlink_to("environments/1")
    installer.install(environment=f"{HOME}/{name}")
    assert installer.place(PYTHON).exists()


def test_directories_of_macos_are_left_as_they_are(installer: Installer) -> None:
    installer.place("/etc/paths.d").chmod(0o775)
    installer.place("/etc/newsyslog.d").rmdir()
    installer.install()
    found = installer.owners()
    assert found["/private/etc/paths.d"][2] == 0o775
    assert found["/private/etc/newsyslog.d"] == (0, 0, 0o755)
