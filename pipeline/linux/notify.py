"""Tells systemd that the daemon is ready, alive and stopping, as sd_notify(3) describes it.

Without systemd, or where the unit is of another type, nothing is told and nothing is wrong.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import MutableMapping

from pipeline.display import printable

_SOCKET = "NOTIFY_SOCKET"
_WATCHDOG = "WATCHDOG_USEC"
_WATCHDOG_PID = "WATCHDOG_PID"
_OFTEN = 3
"""Signs of life in the time in which systemd expects one."""


class Notify:
    """What systemd is told; `every` is after how many seconds it wants the next sign of life."""

    def __init__(self, address: str | None = None, every: float | None = None) -> None:
        self.every = every
        self._address = address

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str]) -> Notify:
        """Take what systemd left for us out of the environment: no child is to speak for us."""
        address = environment.pop(_SOCKET, None)
        watchdog = environment.pop(_WATCHDOG, "")
        pid = environment.pop(_WATCHDOG_PID, None)
        meant = pid is None or pid == str(os.getpid())
        usable = address is not None and meant and watchdog.isascii() and watchdog.isdigit()
        seconds = int(watchdog) / 1e6 / _OFTEN if usable else 0
        return cls(address, seconds or None)

    def ready(self, status: str) -> None:
        """Say that the start is over; `status` is what `systemctl status` shows."""
        self._tell(f"READY=1\nSTATUS={printable(status)}")

    def alive(self) -> None:
        self._tell("WATCHDOG=1")

    def stopping(self) -> None:
        self._tell("STOPPING=1\nSTATUS=stopping")

    def _tell(self, text: str) -> None:
        """Send one datagram; systemd reads it at once or not at all."""
        if not self._address:
            return
        # An address that begins with @ is in the abstract name space.
        address = "\0" + self._address[1:] if self._address[0] == "@" else self._address
        with (
            contextlib.suppress(OSError),
            socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as sock,
        ):
            sock.setblocking(False)
            sock.sendto(text.encode(), address)
