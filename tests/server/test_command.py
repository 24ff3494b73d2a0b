"""`panicpipe server` as a user runs it; once with the programs as processes of their own."""

from __future__ import annotations

import json
import os
import pty
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline.cli import main, server_mac
from tests.cli.command import PANICPIPE, environment, panicpipe
from tests.macs.fake_mac import FakeMac
from tests.server.macs import ANN, DUMPS, OTHER, RECORD, make, ready, root_only

Told = tuple[int, str, str]
Server = Callable[..., Told]


@pytest.fixture
def server(
    mac: FakeMac, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Server:
    """Run a command in this process, on a Mac whose programs start none either."""
    monkeypatch.setattr(server_mac, "this_machine", lambda _: mac.machine)

    def run(*arguments: str) -> Told:
        status = main.call(["server", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


@root_only
def test_set_up_looked_at_and_undone(tmp_path: Path) -> None:
    mac = FakeMac(tmp_path / "real-programs")
    ready(mac)
    before = mac.tree()
    root = ["--root", str(mac.root)]
    done = panicpipe(tmp_path, "server", "setup", "--yes", *root)
    assert done.returncode == 0, done.stderr
    assert f"make   {DUMPS}/  root:wheel 1777\n" in done.stdout
    assert "launchctl list: - 0 com.apple.kdumpd" in done.stdout
    assert "panicpipe client args --server 10.0.40.2\n" in done.stdout
    undone = panicpipe(tmp_path, "server", "undo", "--yes", *root)
    assert undone.returncode == 0
    assert "It is as it was, but for this:\n" in undone.stdout
    assert mac.tree() == before


@root_only
@pytest.mark.parametrize(("answer", "status"), [(b"n\n", 130), (b"y\n", 0)])
def test_somebody_at_a_terminal_is_asked_with_all_that_would_be_done(
    tmp_path: Path, answer: bytes, status: int
) -> None:
    mac = FakeMac(tmp_path / "real-programs")
    ready(mac)
    before = mac.tree()
    ours, its = pty.openpty()
    command = [str(PANICPIPE), "server", "setup", "--root", str(mac.root), "--directory", OTHER]
    process = subprocess.Popen(
        command, env=environment(tmp_path), cwd=tmp_path, stdin=its, stdout=subprocess.PIPE
    )
    os.write(ours, answer)
    told = process.communicate(timeout=100)[0].decode()
    os.close(ours)
    os.close(its)
    assert process.returncode == status
    assert told.startswith("This is what will be done:\n  make ")
    assert (mac.tree() == before) is (status == 130)
    assert ("sudo panicpipe service restart" in told) is (status == 0)


@root_only
def test_status_for_programs(server: Server) -> None:
    server("setup", "--yes")
    status, out, _ = server("status", "--json")
    assert status == 0
    assert {each["level"] for each in json.loads(out)["checks"]} == {"ok"}


def test_nothing_is_changed_where_nobody_can_be_asked(
    server: Server, mac: FakeMac, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", open(os.devnull))  # noqa: SIM115  for as long as it runs
    before = mac.tree()
    status, _, err = server("setup")
    assert (status, "add --yes" in err) == (2, True)
    status, out, _ = server("setup", "--dry-run", "--directory", OTHER)
    assert status == 0
    assert out.endswith("Nothing was changed.\n")
    assert "<string>nobody</string>" in out
    assert mac.tree() == before


@root_only
def test_a_directory_of_somebody_else_has_an_exit_code_of_its_own(
    server: Server, mac: FakeMac
) -> None:
    make(mac, DUMPS, owner=ANN)
    status, _, err = server("setup", "--yes")
    assert status == 13
    assert err.startswith("panicpipe: ")
    assert err.count("\n") == 1
    assert not mac.machine.place(RECORD).exists()


@root_only
def test_setup_says_so_where_dumps_would_still_get_lost(server: Server, mac: FakeMac) -> None:
    with mac.changed() as state:
        state["pmset"] = {"sleep": 1}
    assert server("setup", "--yes")[0] == 11
    with mac.changed() as state:
        state["pmset"] = {"disksleep": 10}
    status, out, _ = server("setup", "--yes")
    assert (status, out.startswith("Nothing is to be changed.\n")) == (0, True)
    assert server("status")[0] == 10


def test_a_directory_must_be_absolute(server: Server) -> None:
    status, _, err = server("setup", "--yes", "--directory", "here")
    assert (status, "absolute" in err) == (2, True)


def test_nothing_to_undo_is_no_fault(server: Server, mac: FakeMac) -> None:
    status, out, _ = server("undo", "--yes")
    assert (status, "nothing to undo" in out) == (0, True)
    assert os.listdir(mac.machine.place("/Library/Application Support")) == []


@pytest.mark.parametrize("verb", ["setup", "status", "undo"])
def test_linux_is_told_that_it_has_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert main.call(["server", verb, "--root", str(tmp_path)]) == 1
    assert "part of macOS" in capsys.readouterr().err
