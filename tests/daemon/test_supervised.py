"""The daemon under systemd: what it tells it, and when."""

from __future__ import annotations

import signal
import socket
import sys
from pathlib import Path

import pytest

from tests.daemon.harness import Place

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd is Linux's")


def test_it_tells_that_it_is_ready_alive_and_stopping(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        systemd.settimeout(30)
        daemon = place.start(NOTIFY_SOCKET=str(tmp_path / "notify"), WATCHDOG_USEC="300000")
        told = {systemd.recv(4096).decode() for _ in range(4)}
        assert told == {f"READY=1\nSTATUS=watching {place.dumps}", "WATCHDOG=1"}
        daemon.process.send_signal(signal.SIGTERM)
        while (last := systemd.recv(4096)) == b"WATCHDOG=1":
            pass
        assert last == b"STOPPING=1\nSTATUS=stopping"
        assert daemon.process.wait(30) == 0
