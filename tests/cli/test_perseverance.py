"""`client` and `server` change a Mac one at a time, and end what they have begun."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pipeline.cli import client_apply, server_mac
from pipeline.cli.main import call
from pipeline.errors import ExitCode
from pipeline.machine.lock import alone
from tests.cli.command import Terminal, no_longer_read
from tests.client.macs import have
from tests.macs.quick import QuickMac, quick_mac
from tests.server.macs import OTHER, ready, root_only

APPLY = ("client", "apply", "--server", "10.0.40.3", "--interface", "en0", "--yes")
UNAPPLY = ("client", "undo", "--yes")
SET_UP = ("server", "setup", "--directory", OTHER, "--yes")
UNSET = ("server", "undo", "--yes")
_BEFORE = {UNAPPLY: APPLY, UNSET: SET_UP}
pytestmark = root_only

commands = pytest.mark.parametrize(
    ("command", "begun"),
    [(APPLY, "write  "), (UNAPPLY, "run    "), (SET_UP, "make   "), (UNSET, "run    ")],
    ids=["apply", "undo-of-apply", "setup", "undo-of-setup"],
)


@pytest.fixture(autouse=True)
def _in_little_time(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (client_apply, server_mac):
        monkeypatch.setattr(module, "this_machine", lambda root: QuickMac(root).machine)


def _mac(directory: Path, command: tuple[str, ...]) -> QuickMac:
    """One on which the command has something to change."""
    made = quick_mac(directory)
    ready(made)
    have(made, "-v", sip="disabled")
    if command in _BEFORE:
        assert _run(made, *_BEFORE[command]) == ExitCode.OK
    return made


def _run(mac: QuickMac, *arguments: str) -> int:
    return call([*arguments, "--root", str(mac.root)])


def _state(mac: QuickMac) -> object:
    return mac.tree().keys(), mac.state["nvram"], mac.state.get("launchd")


def _ended(tmp_path: Path, command: tuple[str, ...]) -> object:
    whole = _mac(tmp_path / "whole", command)
    assert _run(whole, *command) == ExitCode.OK
    return _state(whole)


@commands
def test_two_at_once_are_refused(
    tmp_path: Path, command: tuple[str, ...], begun: str, capsys: pytest.CaptureFixture[str]
) -> None:
    mac = _mac(tmp_path, command)
    was = mac.tree(), mac.state["nvram"]
    capsys.readouterr()
    with alone(mac.machine):
        assert _run(mac, *command) == ExitCode.BUSY
        told = capsys.readouterr()
        assert "another panicpipe changes this machine" in told.err
        assert begun not in told.out
        assert _run(mac, *command[:-1], "--dry-run") == ExitCode.OK  # waits for nobody
    assert (mac.tree(), mac.state["nvram"]) == was


@commands
def test_what_is_begun_is_ended_also_where_nobody_reads(
    tmp_path: Path, command: tuple[str, ...], begun: str
) -> None:
    """As with `| head`: what is undone must not be half undone for that."""
    mac = _mac(tmp_path, command)
    root = str(mac.root)
    assert no_longer_read(tmp_path, begun, *command, "--root", root) == (ExitCode.OK, "")
    assert _state(mac) == _ended(tmp_path, command)


@commands
def test_what_is_begun_is_ended_also_where_the_terminal_is_closed(
    tmp_path: Path, command: tuple[str, ...], begun: str
) -> None:
    mac = _mac(tmp_path, command)
    with Terminal(tmp_path, *command, "--root", str(mac.root)) as terminal:
        terminal.until(begun)
        terminal.close()
        terminal.signal(signal.SIGHUP)
        assert terminal.process.wait(60) == ExitCode.OK
    assert _state(mac) == _ended(tmp_path, command)
