"""`panicpipe server` as a user runs it, with the programs as processes of their own."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from tests.cli.command import panicpipe
from tests.macs.fake_mac import FakeMac
from tests.server.macs import ANN, DUMPS, OTHER, RECORD, make, ready, root_only


@pytest.fixture
def mac(tmp_path: Path) -> FakeMac:
    made = FakeMac(tmp_path / "real-programs")
    ready(made)
    return made


def server(
    mac: FakeMac, home: Path, verb: str, *arguments: str
) -> subprocess.CompletedProcess[str]:
    return panicpipe(home, "server", verb, "--root", str(mac.root), *arguments)


@root_only
def test_set_up_looked_at_and_undone(mac: FakeMac, tmp_path: Path) -> None:
    before = mac.tree()
    done = server(mac, tmp_path, "setup", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"make   {DUMPS}/  root:wheel 1777\n" in done.stdout
    assert "launchctl list: - 0 com.apple.kdumpd" in done.stdout
    assert "panicpipe client args --server 10.0.40.2\n" in done.stdout
    status = server(mac, tmp_path, "status", "--json")
    assert status.returncode == 0
    told = json.loads(status.stdout)
    assert {each["level"] for each in told["checks"]} == {"ok"}
    undone = server(mac, tmp_path, "undo", "--yes")
    assert undone.returncode == 0
    assert "It is as it was, but for this:\n" in undone.stdout
    assert mac.tree() == before


def test_nothing_is_changed_where_nobody_can_be_asked(mac: FakeMac, tmp_path: Path) -> None:
    before = mac.tree()
    done = server(mac, tmp_path, "setup")
    assert done.returncode == 2
    assert "add --yes" in done.stderr
    dry = server(mac, tmp_path, "setup", "--dry-run", "--directory", OTHER)
    assert dry.returncode == 0
    assert dry.stdout.endswith("Nothing was changed.\n")
    assert "<string>nobody</string>" in dry.stdout
    assert mac.tree() == before


@root_only
def test_a_directory_of_somebody_else_has_an_exit_code_of_its_own(
    mac: FakeMac, tmp_path: Path
) -> None:
    make(mac, DUMPS, owner=ANN)
    done = server(mac, tmp_path, "setup", "--yes")
    assert done.returncode == 13
    assert done.stderr.startswith("panicpipe: ")
    assert done.stderr.count("\n") == 1
    assert not mac.machine.place(RECORD).exists()


@root_only
def test_setup_says_so_where_dumps_would_still_get_lost(mac: FakeMac, tmp_path: Path) -> None:
    with mac.changed() as state:
        state["pmset"] = {"sleep": 1}
    assert server(mac, tmp_path, "setup", "--yes").returncode == 11
    with mac.changed() as state:
        state["pmset"] = {"disksleep": 10}
    assert server(mac, tmp_path, "setup", "--yes").returncode == 0
    assert server(mac, tmp_path, "status").returncode == 10


def test_a_directory_must_be_absolute(mac: FakeMac, tmp_path: Path) -> None:
    done = server(mac, tmp_path, "setup", "--yes", "--directory", "here")
    assert done.returncode == 2
    assert "absolute" in done.stderr


def test_linux_is_told_that_it_has_none(tmp_path: Path) -> None:
    for verb in ("setup", "status", "undo"):
        done = panicpipe(tmp_path, "server", verb, "--root", str(tmp_path))
        assert (done.returncode, "part of macOS" in done.stderr) == (1, True)


def test_nothing_to_undo_is_no_fault(mac: FakeMac, tmp_path: Path) -> None:
    done = server(mac, tmp_path, "undo", "--yes")
    assert done.returncode == 0
    assert "nothing to undo" in done.stdout
    assert os.listdir(mac.machine.place("/Library/Application Support")) == []
