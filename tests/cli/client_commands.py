"""`panicpipe client` in this process, on a Mac whose programs start none either."""

from __future__ import annotations

import importlib
from collections.abc import Callable

import pytest

from pipeline.cli import main
from pipeline.machine import Machine
from tests.macs.fake_mac import FakeMac

Told = tuple[int, str, str]
Client = Callable[..., Told]
NOT_A_MAC = Machine(platform="linux")
_MODULES = ("client_args", "client_decode", "client_apply", "client_interfaces")


def runner(
    mac: FakeMac | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Client:
    """Return a function that runs a command and gives its exit code and what it printed."""
    machine = NOT_A_MAC if mac is None else mac.machine
    for name in _MODULES:
        module = importlib.import_module(f"pipeline.cli.{name}")
        monkeypatch.setattr(module, "this_machine", lambda _: machine)

    def run(*arguments: str) -> Told:
        status = main.call(["client", *arguments])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run
