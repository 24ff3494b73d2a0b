"""Knows at the start whether the last run ended as it should have, and tells where it did not.

A mark in the journal stands for as long as a daemon runs, and is taken away as the last thing of
all. Who is asked to stop notes that in a file as well, from the thread that hears signals: a run
that hung on a slow disk and left by force, or was killed while the machine shut down, was no crash.
"""

from __future__ import annotations

import contextlib
import logging
import os
import sqlite3
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import msgspec

from pipeline.daemon.boot import boot_id
from pipeline.daemon.crash import Crash
from pipeline.errors import PanicPipeError
from pipeline.journal import Journal
from pipeline.journal.conditions import Condition
from pipeline.journal.rows import OPEN_STATES, DumpRow
from pipeline.owing import Desk

_log = logging.getLogger("panicpipe.daemon")

_MARK = "daemon.runs:mark"
_ALIVE = "daemon.runs:alive"
_ASKED = "asked-to-stop"
_LONGEST_NOTE = 64


class _Mark(msgspec.Struct, frozen=True):
    """Of one run."""

    run: str
    boot: str | None = None
    version: str | None = None
    prefix: str | None = None


@dataclass(frozen=True, kw_only=True)
class Run:
    """The run of the daemon that is going on, or was not ended as it should have been."""

    started: float
    last_alive: float | None
    version: str | None
    """Of panicpipe; None where an older one runs, which did not tell."""
    prefix: str | None
    """The Python environment that it runs from, as sys.prefix says it."""


def last_run(journal: Journal) -> Run | None:
    """Return what the daemon has on record of itself; None where it ended properly."""
    found = journal.conditions.find(_MARK)
    if found is None:
        return None
    mark, alive = _read(found), journal.conditions.find(_ALIVE)
    return Run(
        started=found.since,
        last_alive=None if alive is None else alive.since,
        version=None if mark is None else mark.version,
        prefix=None if mark is None else mark.prefix,
    )


class Lifeline:
    """From `lives` to its end: one run of the daemon."""

    def __init__(
        self,
        journal: Journal,
        desk: Desk,
        directory: Path,
        *,
        boot: Callable[[], str | None] = boot_id,
    ) -> None:
        self._journal = journal
        self._desk = desk
        self._note = directory / _ASKED
        self._mark = _Mark(
            run=uuid.uuid4().hex, boot=boot(), version=version("panicpipe"), prefix=sys.prefix
        )
        self._marked = False

    @contextlib.contextmanager
    def lives(self) -> Iterator[None]:
        """Enclose the daemon's work, while the journal is open.

        An end that is told in words to whoever started the daemon is none that would be told
        again. A journal that cannot be written yet gets its mark later.
        """
        with contextlib.suppress(sqlite3.Error):
            self.beat(time.time())
        try:
            yield
        except PanicPipeError:
            self._end()
            raise
        self._end()

    def beat(self, now: float) -> None:
        """Put on record that we are alive."""
        if self._marked:
            self._journal.conditions.note(_ALIVE, now, "")
            return
        crash = self._crash()
        with self._journal.transaction():
            if crash is not None:
                self._desk.owe(None, crash.alert(), now)
            text = msgspec.json.encode(self._mark).decode()
            self._journal.conditions.put(_MARK, now, text)
            self._journal.conditions.put(_ALIVE, now, "")
        self._marked = True
        if crash is not None:
            _log.warning("the last run ended without being asked to")

    def asked_to_stop(self) -> None:
        """Note it where no lock on the journal and no slow disk is in the way; in any thread."""
        with contextlib.suppress(OSError):
            flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC
            note = os.open(self._note, flags, 0o600)
            try:
                os.write(note, self._mark.run.encode())
            finally:
                os.close(note)

    def _end(self) -> None:
        with contextlib.suppress(sqlite3.Error), self._journal.transaction():
            self._journal.conditions.clear(_ALIVE)
            self._journal.conditions.clear(_MARK)

    def _crash(self) -> Crash | None:
        """Say how the last run ended, if it ended badly; before anything of it is forgotten."""
        found = self._journal.conditions.find(_MARK)
        if found is None:
            return None
        mark = _read(found)
        if mark is not None and mark.run == self._asked():
            _log.info("the last run was asked to stop and had to leave at once")
            return None
        alive = self._journal.conditions.find(_ALIVE)
        known = mark is not None and mark.boot is not None and self._mark.boot is not None
        return Crash(
            started=found.since,
            last_alive=None if alive is None else alive.since,
            restarted=mark.boot != self._mark.boot if mark is not None and known else None,
            in_flight=self._in_flight(),
        )

    def _in_flight(self) -> list[DumpRow]:
        rows = (self._journal.dumps.find(number) for number in sorted(self._journal.live.all()))
        return [row for row in rows if row is not None and row.state in OPEN_STATES]

    def _asked(self) -> str | None:
        """Which run was asked to stop last."""
        try:
            note = os.open(self._note, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return os.read(note, _LONGEST_NOTE).decode("ascii", "replace")
        except OSError:
            return None
        finally:
            os.close(note)


def _read(found: Condition) -> _Mark | None:
    try:
        return msgspec.json.decode(found.text, type=_Mark)
    except msgspec.DecodeError:
        return None
