"""Sees whether anything receives dumps at all: where nothing listens, no Mac can send its own.

Nobody notices otherwise: kdumpd can be switched off by an update, and Macs panic seldom.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from functools import partial

from pipeline.server.listener import somebody_listens
from pipeline.daemon.standing import Standing
from pipeline.display import utc
from pipeline.journal import Journal
from pipeline.model import Alert, Severity
from pipeline.owing import Desk

_log = logging.getLogger("panicpipe.server")

EVENT = "server.down"
_OVER = "server.up"
_TOPIC = "server"
_IN_A_ROW = 2
"""So many looks must find nobody: a server may just be starting anew."""
_START_KDUMPD = (
    "sudo launchctl enable system/com.apple.kdumpd && sudo launchctl bootstrap system "
    "/System/Library/LaunchDaemons/com.apple.kdumpd.plist"
)


class ServerWatch:
    """Looks whether the port for dumps is taken, and tells where it is not."""

    def __init__(
        self,
        journal: Journal,
        desk: Desk,
        port: int,
        *,
        expected: bool,
        platform: str = sys.platform,
        listens: Callable[[int], bool | None] = somebody_listens,
    ) -> None:
        """`expected`: whether anything should listen; if not, nothing is ever told."""
        self._journal = journal
        self._standing = Standing(journal, desk)
        self._port = port
        self._expected = expected
        self._platform = platform
        self._listens = listens
        self._missed = 0

    def look(self, now: float) -> None:
        """Look once; what cannot be found out is no sign of anything."""
        name = f"{EVENT}:{self._port}"
        for known in self._journal.conditions.of_kind(EVENT):
            if not self._expected or known.name != name:
                self._standing.forget(known.name)
        if not self._expected:
            return
        found = self._listens(self._port)
        self._missed = self._missed + 1 if found is False else 0
        if found and self._standing.over(name, partial(self._up, now), now):
            _log.info("something listens on UDP %d again", self._port)
        elif self._missed >= _IN_A_ROW:
            what = f"nothing listens on UDP {self._port}"
            if self._standing.holds(name, what, partial(self._down, now), now):
                _log.error("%s: no Mac can send its dump here", what)

    def _down(self, now: float, since: float) -> Alert:
        lines = [
            ("Since", utc(since) if since < now else None),
            ("Why it matters", "a Mac that panics sends its dump once, and nobody takes it"),
            ("Next", self._remedy()),
        ]
        return Alert(
            event=EVENT,
            severity=Severity.ERROR,
            what=f"nothing listens on UDP {self._port}: no Mac can send its dump here",
            lines=tuple((label, text) for label, text in lines if text),
            facts={"port": self._port, "since": since},
            signature=_TOPIC,
            topic=_TOPIC,
            supersedes=(_TOPIC,),
        )

    def _up(self, now: float, since: float) -> Alert:
        began = utc(since)
        return Alert(
            event=_OVER,
            severity=Severity.NOTICE,
            what=f"something listens on UDP {self._port} again: Macs can send their dumps",
            lines=(("Was down", f"since {began}"),) if began and since < now else (),
            facts={"port": self._port, "since": since},
            signature=_TOPIC,  # it may come and go all day
            topic=_TOPIC,
            supersedes=(_TOPIC,),
        )

    def _remedy(self) -> str:
        if self._platform == "darwin":
            return f"start kdumpd: {_START_KDUMPD}"
        return (
            "start what receives the dumps, or set server.expect_listener to false where another "
            "machine does"
        )
