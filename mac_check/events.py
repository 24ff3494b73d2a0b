"""File events, as our own source asks for them."""

from __future__ import annotations

import shutil
import threading
import time
from collections.abc import Callable

from mac_check.result import Result, Scene, failed, judged, ok
from pipeline.sources.watching import DirectoryEvents

_PATIENCE = 15.0
_BLOCK = bytes(1406)  # what kdumpd writes at a time


class _Heard:
    """Counts wake-ups, and keeps the names of files that were closed."""

    def __init__(self) -> None:
        self.wakes = 0
        self.closed: list[bytes] = []
        self._changed = threading.Condition()
        self.events = DirectoryEvents(wake=self._wake, closed=self._close)

    def _wake(self) -> None:
        with self._changed:
            self.wakes += 1
            self._changed.notify_all()

    def _close(self, name: bytes) -> None:
        with self._changed:
            self.closed.append(name)
            self._changed.notify_all()

    def wait_for(self, name: bytes) -> float | None:
        """Return the seconds until a close of that file was told; None where none was."""
        began = time.monotonic()
        with self._changed:
            if self._changed.wait_for(lambda: name in self.closed, _PATIENCE):
                return time.monotonic() - began
        return None

    def wait_for_a_wake(self, after: int) -> bool:
        with self._changed:
            return self._changed.wait_for(lambda: self.wakes > after, _PATIENCE)


def a_close_is_told(scene: Scene) -> Result:
    """A file written as kdumpd does: few wake-ups meanwhile, and one when it is closed."""
    heard = _Heard()
    why = heard.events.attach(str(scene.directory))
    if why:
        return failed(f"cannot watch: {why}")
    try:
        with (scene.directory / "core").open("wb", buffering=0) as file:
            for _ in range(3000):
                file.write(_BLOCK)
            meanwhile = heard.wakes
            early = b"core" in heard.closed
        took = heard.wait_for(b"core")
    finally:
        heard.events.detach()
    if took is None:
        return failed(f"no close was told within {_PATIENCE:.0f} s")
    when = "once before it was closed, too" if early else f"{took:.2f} s after the close"
    return judged(
        meanwhile < 1500, f"told {when}; {meanwhile} wake-ups during 3000 writes, {heard.wakes} all"
    )


def through_a_link(scene: Scene) -> Result:
    """As /var is one on a Mac: events come with the real path."""
    (scene.directory / "real").mkdir()
    (scene.directory / "link").symlink_to("real")
    heard = _Heard()
    heard.events.attach(str(scene.directory / "link"))
    try:
        (scene.directory / "link" / "core").write_bytes(_BLOCK)
        took = heard.wait_for(b"core")
    finally:
        heard.events.detach()
    return judged(took is not None, "a close behind a symbolic link is told by its base name")


def a_directory_made_anew(scene: Scene) -> Result:
    """Deleted and made again: we notice that watching has ended, and attach anew."""
    place = scene.directory / "dumps"
    place.mkdir()
    heard = _Heard()
    heard.events.attach(str(place))
    try:
        shutil.rmtree(place)
        ended = _within(_PATIENCE, lambda: not heard.events.alive)
        place.mkdir()
        heard.events.attach(str(place))
        before = heard.wakes
        (place / "core").write_bytes(_BLOCK)
        again = heard.wait_for_a_wake(before)
    finally:
        heard.events.detach()
    if not again:
        return failed("nothing was told after the directory was made anew")
    return ok(
        f"the end was {'noticed' if ended else 'not noticed: scans go on'}; events came again"
    )


def _within(seconds: float, true: Callable[[], bool]) -> bool:
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True
