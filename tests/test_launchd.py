"""The LaunchDaemon's property list, by the rules of launchd.plist(5)."""

from __future__ import annotations

import plistlib
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.installing import mac_plist
from tests.conftest import ROOT
from tests.macs.launchd_rules import faults_of_plist

# Keys that launchd.plist(5) documents and that are of use here, with the types it takes.
KEYS: dict[str, type] = {
    "Label": str,
    "ProgramArguments": list,
    "RunAtLoad": bool,
    "KeepAlive": dict,
    "ExitTimeOut": int,
    "ProcessType": str,
    "Umask": str,
    "SoftResourceLimits": dict,
    "StandardErrorPath": str,
}


@pytest.fixture
def plist() -> dict[str, Any]:
    with (ROOT / "launchd" / "org.panicpipe.daemon.plist").open("rb") as file:
        value: dict[str, Any] = plistlib.load(file)
    return value


def test_launchd_knows_every_key_and_its_type(plist: dict[str, Any]) -> None:
    assert {key: type(value) for key, value in plist.items()} == KEYS


def test_its_label_is_its_file_s_name(plist: dict[str, Any]) -> None:
    assert plist["Label"] == "org.panicpipe.daemon"


def test_it_restarts_after_a_crash_only(plist: dict[str, Any]) -> None:
    """KeepAlive's keys are ORed, so it must be the only one."""
    assert plist["KeepAlive"] == {"SuccessfulExit": False}


def test_no_child_outlives_the_daemon(plist: dict[str, Any]) -> None:
    assert "AbandonProcessGroup" not in plist


def test_the_umask_is_octal(plist: dict[str, Any]) -> None:
    """launchd reads an integer as decimal."""
    assert int(plist["Umask"], 8) == 0o027


def test_it_does_not_let_launchd_watch_the_directory(plist: dict[str, Any]) -> None:
    """WatchPaths loses events, QueueDirectories relaunches while anything lies there."""
    assert not plist.keys() & {"WatchPaths", "QueueDirectories", "StartOnMount"}


def test_it_runs_an_interpreter_isolated_and_logs_to_a_file_of_its_own(
    plist: dict[str, Any],
) -> None:
    program = plist["ProgramArguments"]
    assert program[0].startswith("/Library/PanicPipe/")
    assert program[1:5] == ["-I", "-m", "pipeline", "run"]
    assert program[5:] == ["--log", plist["StandardErrorPath"]]


@pytest.mark.parametrize("file", sorted((ROOT / "launchd").glob("*.plist")), ids=lambda f: f.name)
def test_launchd_and_other_readers_take_what_is_shipped(file: Path) -> None:
    assert faults_of_plist(plistlib.loads(file.read_bytes())) == []
    apple, other = shutil.which("plutil"), shutil.which("plistutil")
    if apple is None and other is None:
        pytest.skip("neither plutil nor plistutil is installed")
    command = [apple, "-lint", str(file)] if apple else [str(other), "-i", str(file), "-f", "bin"]
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(
    "python",
    ["/Library/PanicPipe/environments/7/bin/python", "/opt/a & b/<x>/it's/bin/python", r"/a\1/p"],
)
def test_any_interpreter_s_path_is_rendered_as_it_is(python: str, plist: dict[str, Any]) -> None:
    rendered = plistlib.loads(mac_plist.rendered(python))
    expected = [python, *plist["ProgramArguments"][1:]]
    assert rendered == {**plist, "ProgramArguments": expected}
    assert mac_plist.program(mac_plist.rendered(python)) == python
    assert faults_of_plist(rendered) == []
