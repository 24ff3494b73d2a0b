"""The LaunchDaemon's property list, by the rules of launchd.plist(5)."""

from __future__ import annotations

import plistlib
from typing import Any

import pytest

from tests.conftest import ROOT

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


def test_programs_are_absolute_paths_of_root(plist: dict[str, Any]) -> None:
    assert plist["ProgramArguments"] == ["/Library/PanicPipe/venv/bin/panicpipe", "run"]
