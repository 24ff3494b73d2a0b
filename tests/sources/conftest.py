from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from pipeline.sources.directory import DirectoryWatch


class Clock:
    """A monotonic clock that stands still until it is moved on."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Wakes:
    """Counts wake-ups, and waits for what should come of them."""

    def __init__(self) -> None:
        self.count = 0
        self._condition = threading.Condition()

    def __call__(self) -> None:
        with self._condition:
            self.count += 1
            self._condition.notify_all()

    def until(self, wanted: Callable[[], bool]) -> None:
        """Wait until something is so, looking at it after each wake-up, as the daemon does."""
        deadline = time.monotonic() + 20
        with self._condition:
            while not wanted():
                assert time.monotonic() < deadline, "never woken for it"
                self._condition.wait(0.5)

    def until_more_than(self, count: int) -> None:
        """Wait for a wake-up that has not come when `count` of them had."""
        with self._condition:
            assert self._condition.wait_for(lambda: self.count > count, 20), "not woken"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def wakes() -> Wakes:
    return Wakes()


@pytest.fixture
def dumps(tmp_path: Path) -> Path:
    directory = tmp_path / "PanicDumps"
    directory.mkdir()
    return directory


Start = Callable[..., DirectoryWatch]


@pytest.fixture
def start(dumps: Path, clock: Clock, wakes: Wakes) -> Iterator[Start]:
    """Start a watch on the dump directory, with a clock of ours; stopped at the end."""
    started: list[DirectoryWatch] = []

    def start(path: Path = dumps, **overrides: object) -> DirectoryWatch:
        settings: dict[str, object] = {"settle_seconds": 75.0, "wake": wakes, "clock": clock}
        watch = DirectoryWatch(path, **(settings | overrides))  # type: ignore[arg-type]
        started.append(watch)
        return watch

    yield start
    for watch in started:
        watch.stop()
