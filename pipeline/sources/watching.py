"""File events by watchdog, as wake-ups only. The one file that knows watchdog."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable

from watchdog.events import (
    DirDeletedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

ObserverFactory = Callable[[], BaseObserver]

NATIVE: ObserverFactory = Observer
"""inotify on Linux, FSEvents on macOS."""

_WANTED: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileClosedEvent,
    FileMovedEvent,
    FileDeletedEvent,
    DirDeletedEvent,
]
"""Nothing that would ask inotify for writes: kdumpd makes thousands of them a second."""


def _wanted(platform: str) -> list[type[FileSystemEvent]]:
    """FSEvents never says closed; it says modified when a file that was written is closed."""
    return [*_WANTED, FileModifiedEvent] if platform == "darwin" else _WANTED


class DirectoryEvents:
    """Watches one directory until it is deleted, which ends watchdog's emitter; then attach again.

    `closed` gets the name of a file that a writer has just closed, then `wake` is called, both in
    watchdog's thread. Only base names are used of what watchdog reports: on a Mac its paths are
    the real ones behind /var and /tmp.
    """

    def __init__(
        self,
        *,
        wake: Callable[[], None],
        closed: Callable[[bytes], None],
        platform: str = sys.platform,
        observer: ObserverFactory = NATIVE,
    ) -> None:
        self._wake = wake
        self._closed = closed
        self._platform = platform
        self._new_observer = observer
        self._observer: BaseObserver | None = None
        self._handler: _Handler | None = None

    @property
    def alive(self) -> bool:
        observer, handler = self._observer, self._handler
        return (
            observer is not None
            and handler is not None
            and not handler.ended
            and observer.is_alive()
            and any(emitter.is_alive() for emitter in observer.emitters)
        )

    def attach(self, path: str) -> str | None:
        """Watch the directory; say why where that cannot be done.

        A new observer each time: what a dead emitter leaves behind in an old one is not ours to
        know. The real path, because inotify is asked not to follow a link.
        """
        self.detach()
        real = os.path.realpath(path)
        try:
            self._handler = _Handler(real, wake=self._wake, closed=self._closed)
            self._observer = self._new_observer()
            self._observer.schedule(self._handler, real, event_filter=_wanted(self._platform))
            self._observer.start()
        except Exception as error:  # whatever watchdog's back ends raise: scans go on without it
            self.detach()
            return str(error) or type(error).__name__
        return None

    def detach(self) -> None:
        observer, self._observer = self._observer, None
        if observer is None:
            return
        with contextlib.suppress(Exception):
            observer.stop()
        with contextlib.suppress(RuntimeError):  # never started, or called from its own thread
            observer.join(timeout=5)


class _Handler(FileSystemEventHandler):
    def __init__(
        self,
        directory: str,
        *,
        wake: Callable[[], None],
        closed: Callable[[bytes], None],
    ) -> None:
        self.ended = False
        """True once the directory itself is deleted: nothing more will come."""
        self._directory = directory
        self._wake = wake
        self._closed = closed

    def on_any_event(self, event: FileSystemEvent) -> None:
        if isinstance(event, (FileClosedEvent, FileModifiedEvent)):
            self._closed(os.path.basename(os.fsencode(event.src_path)))
        elif isinstance(event, DirDeletedEvent) and event.src_path == self._directory:
            self.ended = True
        self._wake()
