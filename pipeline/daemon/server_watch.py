"""Sees whether dumps can arrive: somebody must listen, and kdumpd have a directory of root's.

Nobody notices otherwise: a restart or an update can switch kdumpd off, and Macs panic seldom. Most
looks are cheap; launchd is asked at the start, where the port is silent, and a few times a day.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from functools import partial

from pipeline.daemon import server_alert
from pipeline.daemon.asking import Asking
from pipeline.daemon.server_alert import EVENT
from pipeline.daemon.standing import Standing
from pipeline.display import printable
from pipeline.journal import Journal
from pipeline.kdumpd import told
from pipeline.machine import Machine
from pipeline.macos.kdumpd import Kdumpd, server
from pipeline.owing import Desk
from pipeline.server.directory import Fault, fault, look
from pipeline.server.listener import somebody_listens

_log = logging.getLogger("panicpipe.server")

DIRECTORY = f"{EVENT}:directory"
"""What stands in the journal while kdumpd's directory is not as it must be."""
_IN_A_ROW = 2
"""So many looks must find it: a server may just be starting anew."""
_ASK_EVERY = 6 * 3600.0
"""Seconds between two questions to launchd."""


class ServerWatch:
    """Looks whether the port for dumps is taken and kdumpd's directory safe; tells where not."""

    def __init__(
        self,
        journal: Journal,
        desk: Desk,
        port: int,
        *,
        expected: bool,
        machine: Machine | None = None,
        listens: Callable[[int], bool | None] = somebody_listens,
        asking: Asking[Kdumpd | None] | None = None,
    ) -> None:
        """`expected`: whether anything should listen; if not, nothing is ever told."""
        self._journal = journal
        self._standing = Standing(journal, desk)
        self._port = port
        self._expected = expected
        self._machine = machine or Machine()
        self._listens = listens
        self._asking = asking or Asking(partial(server, self._machine))
        self._asked: float | None = None
        self._silent = 0
        self._unsafe = 0

    def look(self, now: float) -> None:
        """Look once; what cannot be found out is no sign of anything."""
        name = f"{EVENT}:{self._port}"
        for known in self._journal.conditions.of_kind(EVENT):
            if not self._expected or known.name not in (name, DIRECTORY):
                self._standing.forget(known.name)
        if self._expected:
            self._look_at_port(name, now)
            self._look_at_directory(now)

    def _look_at_port(self, name: str, now: float) -> None:
        found = self._listens(self._port)
        self._ask_launchd(found, now)
        if found is None and self._is_off():
            found = False
        self._silent = self._silent + 1 if found is False else 0
        if found and self._standing.over(name, partial(server_alert.heard, self._port, now), now):
            _log.info("something listens on UDP %d again", self._port)
        elif self._silent > _IN_A_ROW or (self._silent == _IN_A_ROW and not self._asking.under_way):
            self._tell_silence(name, now)

    def _tell_silence(self, name: str, now: float) -> None:
        what, cause = f"nothing listens on UDP {self._port}", self._cause()
        tell = partial(server_alert.silent, self._port, cause, now, mac=self._machine.mac)
        if self._standing.holds(name, what, tell, now):
            _log.error("%s: no Mac can send its dump here%s", what, f" ({cause})" if cause else "")

    def _ask_launchd(self, listens: bool | None, now: float) -> None:
        """Ask in another thread: at first, in each new silence, and from time to time."""
        if not self._machine.mac:
            return
        due = self._asked is None or not 0 <= now - self._asked < _ASK_EVERY
        if due or (listens is False and self._silent == 0):
            self._asked = now
            self._asking.begin()

    def _is_off(self) -> bool:
        known = self._asking.answer
        return known is not None and known.job.loaded is False and os.geteuid() == 0

    def _cause(self) -> str | None:
        """Say what launchd knows of it, to root: others are told of no system job."""
        known = self._asking.answer
        if known is None or known.job.loaded is None or os.geteuid() != 0:
            return None
        if known.job.loaded:
            return f"launchd has {known.label} loaded, and does not listen for it"
        if known.starts_at_boot is False:
            return f"{known.label} is disabled, as a restart or an update of macOS may leave it"
        return f"{known.label} is not loaded"

    def _look_at_directory(self, now: float) -> None:
        try:
            path, found = self._directory()
        except OSError:  # not ours to look at, or its disk is at fault: nothing is known
            return
        self._unsafe = self._unsafe + 1 if found is not None else 0
        if found is None:
            safe = partial(server_alert.safe, path, self._port, now)
            if self._standing.over(DIRECTORY, safe, now):
                _log.info("%s is as it must be again", path)
        elif self._unsafe >= _IN_A_ROW and not self._silent:  # one setup mends both
            unsafe = partial(server_alert.unsafe, path, found, self._port, now)
            if self._standing.holds(DIRECTORY, found.what, unsafe, now):
                _log.error("%s", found.what)

    def _directory(self) -> tuple[str, Fault | None]:
        """Return kdumpd's directory and what is wrong with it; nothing is where no kdumpd is."""
        known = told(self._machine.root) if self._machine.mac else None
        if known is None:
            return "kdumpd's directory", None
        place = look(self._machine, known.directory)
        return printable(os.fsencode(place.path)), fault(self._machine, place)
