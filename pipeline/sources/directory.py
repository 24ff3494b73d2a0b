"""The built-in source: a local directory into which kdumpd, or anybody, writes dumps."""

from __future__ import annotations

import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline import Scan, Sighting, Source, UnreadableFile, Volume, Watch
from pipeline.display import printable
from pipeline.kdumpd import kdumpd_directory
from pipeline.sources import open_files, watching
from pipeline.sources.closes import Closes
from pipeline.sources.dump_file import open_dump, remove_dump
from pipeline.sources.listing import list_files
from pipeline.sources.open_directory import (
    OpenDirectory,
    free_bytes,
    is_trusted,
    open_directory,
)
from pipeline.sources.transfer import DirectoryTransfer

_log = logging.getLogger("panicpipe.source")


@dataclass(frozen=True, kw_only=True)
class DirectorySource(Source):
    """Take dumps from a directory of this machine."""

    path: Path | None = None
    """Where dumps arrive. None: where kdumpd's property list, read at the start, has it write."""
    settle_seconds: float = 75
    """When nothing else tells, a file unchanged for so long is finished; kdumpd gives up at 50."""

    def __post_init__(self) -> None:
        if self.path is not None and not self.path.is_absolute():
            raise ValueError(f"path must be absolute, such as /PanicDumps, not {self.path}")
        if not (math.isfinite(self.settle_seconds) and self.settle_seconds > 0):
            raise ValueError(
                f"settle_seconds must be a number of seconds over 0, not {self.settle_seconds}"
            )

    def start(self, wake: Callable[[], None]) -> DirectoryWatch:
        path = kdumpd_directory() if self.path is None else self.path
        return DirectoryWatch(path, settle_seconds=self.settle_seconds, wake=wake)


class DirectoryWatch(Watch):
    """Scans are the truth; events only say when to ask. For one thread at a time."""

    def __init__(
        self,
        path: Path,
        *,
        settle_seconds: float,
        wake: Callable[[], None],
        platform: str = sys.platform,
        clock: Callable[[], float] = time.monotonic,
        writers: Callable[[int], bool | None] = open_files.writers,
        observer: watching.ObserverFactory = watching.NATIVE,
    ) -> None:
        self._path = str(path)
        self._settle_seconds = settle_seconds
        self._clock = clock
        self._writers = writers
        self._closes = Closes(os.fsencode(path), clock)
        self._events = watching.DirectoryEvents(
            wake=wake, closed=self._closes.note, platform=platform, observer=observer
        )
        self._known: OpenDirectory | None = None
        self._absent: str | None = None
        self._unwatched: str | None = None
        self._warned_of: int | None = None
        self.scan()  # events flow from now on

    @property
    def place(self) -> str:
        return printable(self._path)

    def scan(self) -> Scan:
        closed_before = self._closes.inodes()
        try:
            with open_directory(self._path) as directory:
                self._recognise(directory)
                scan = list_files(directory.fd)
        except UnreadableFile as error:
            return self._missing(str(error))
        self._closes.forget(closed_before - {file.identity.inode for file in scan.files})
        return scan

    def open(self, sighting: Sighting) -> DirectoryTransfer:
        with self._same_directory() as directory:
            inode = sighting.identity.inode
            return self._follow(open_dump(sighting.raw_name, directory=directory.fd, inode=inode))

    def remove(self, sighting: Sighting) -> None:
        with self._same_directory() as directory:
            remove_dump(sighting.raw_name, directory=directory.fd, identity=sighting.identity)

    def volume(self) -> Volume | None:
        try:
            with self._same_directory() as directory:
                return Volume(device=directory.device, free=free_bytes(directory.fd))
        except UnreadableFile:
            return None

    @contextmanager
    def _same_directory(self) -> Iterator[OpenDirectory]:
        """Open the directory that was scanned last, and no other."""
        with open_directory(self._path) as directory:
            if self._known is None or directory.key != self._known.key:
                raise UnreadableFile(f"{self.place} is another directory by now; it is listed anew")
            yield directory

    def _follow(self, fd: int) -> DirectoryTransfer:
        try:
            return DirectoryTransfer(
                fd,
                closes=self._closes,
                settle_seconds=self._settle_seconds,
                clock=self._clock,
                writers=self._writers,
            )
        except OSError:  # its volume went away meanwhile
            os.close(fd)
            raise

    def stop(self) -> None:
        self._events.detach()

    def _recognise(self, found: OpenDirectory) -> None:
        """Go on with the directory that the path leads to now, or refuse it."""
        known = self._known
        if known is not None and known.is_mount_point and not found.is_mount_point:
            raise UnreadableFile(
                f"{self.place}: its volume is not mounted; waiting for it (restart panicpipe to "
                "use the directory underneath)"
            )
        if known is not None and found.key != known.key:
            self._forget_events()
            _log.info("%s is another directory than before", self.place)
        elif self._absent is not None:
            _log.info("%s is there now", self.place)
        self._known, self._absent = found, None
        self._warn_of_owner(found.owner)
        self._watch()

    def _warn_of_owner(self, owner: int) -> None:
        if is_trusted(owner) or owner == self._warned_of:
            return
        self._warned_of = owner
        _log.warning(
            "%s belongs to user %d, who can delete any dump there; give it to root",
            self.place,
            owner,
        )

    def _watch(self) -> None:
        """Have watchdog's events again, where its emitter died or could not be started."""
        if self._events.alive:
            return
        problem = self._events.attach(self._path)
        if problem is not None and problem != self._unwatched:
            _log.warning(
                "%s cannot be watched for changes (%s); it is only looked at from time to time",
                self.place,
                printable(problem),
            )
        self._unwatched = problem

    def _missing(self, reason: str) -> Scan:
        self._forget_events()
        if reason != self._absent:
            self._absent = reason
            _log.warning("%s", reason)
        return Scan(present=False)

    def _forget_events(self) -> None:
        self._events.detach()
        self._closes.forget(self._closes.inodes())
