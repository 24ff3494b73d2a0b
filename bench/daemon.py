"""The daemon at rest and at work: start-up of `status`, idling, following a core that arrives."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench import procfs
from bench.observed import Failed, Observed, Usage, run
from bench.place import PANICPIPE, Place
from bench.programs import Command

_PATIENCE = 600.0
_SETTLE = 2.0  # seconds after its start in which a daemon is not yet idle


@dataclass(frozen=True)
class StartUp:
    """How long the smallest commands take, beside an interpreter that does nothing."""

    python: Usage
    status: Usage


@dataclass(frozen=True)
class Idle:
    """What a daemon does while nothing happens."""

    seconds: float
    work: procfs.Work | None
    """None where the system does not tell."""


@dataclass(frozen=True)
class Following:
    """A core that arrived while the daemon followed it."""

    core: str
    packets_per_second: int
    """As asked for; 0 for as fast as possible."""
    size: int
    writer_alone: Usage | None
    """The same writer where nobody follows."""
    writer: Usage
    daemon: Usage
    """From its start to its end: start-up, reading and packaging."""
    behind: float
    """Seconds from the writer's close to the verdict."""
    writing: float
    packaging: float
    """Seconds from the verdict to the zip."""

    @property
    def written_per_second(self) -> float:
        return self.size / self.writing

    @property
    def read_per_second(self) -> float:
        return self.size / (self.writing + self.behind)


def start_up_and_idle(place: Place, seconds: float, repeats: int) -> tuple[StartUp, Idle]:
    place.start_afresh()
    with _daemon(place) as daemon:
        _wait_until_running(place, daemon)
        start_up = _start_up(place, repeats)
        time.sleep(min(_SETTLE, seconds))
        idle = _idle(daemon.pid, seconds)
        daemon.terminate()
        daemon.wait()
    return start_up, idle


def _start_up(place: Place, repeats: int) -> StartUp:
    status = _best((PANICPIPE, "status", "--config", place.config), repeats)
    return StartUp(python=_best((sys.executable, "-c", "pass"), repeats), status=status)


def _best(command: Command, repeats: int) -> Usage:
    best, _ = run(command)
    for _ in range(repeats - 1):
        best = best.best(run(command)[0])
    return best


def _idle(pid: int, seconds: float) -> Idle:
    before, begin = procfs.work_of(pid), time.monotonic()
    time.sleep(seconds)
    work = procfs.work_of(pid).since(before) if procfs.AVAILABLE else None
    return Idle(time.monotonic() - begin, work)


def follow(place: Place, core: str, source: Path, pace: int) -> Following:
    """Let a core arrive at a running daemon; return once its zip is there."""
    place.start_afresh()
    alone = _write(source, place.made / "alone", pace)[0] if not pace else None
    place.clear_made()
    with _daemon(place) as daemon:
        _wait_until_running(place, daemon)
        writer, times = _write(source, place.dumps / source.name, pace)
        ended = _wait(lambda: _ended(place), daemon)
        daemon.terminate()
        usage, _ = daemon.wait()
    return Following(
        core=core,
        packets_per_second=pace,
        size=source.stat().st_size,
        writer_alone=alone,
        writer=writer,
        daemon=usage,
        behind=max(ended["finished"] - times["closed"], 0.0),
        writing=times["closed"] - times["began"],
        packaging=ended["ended"] - ended["finished"],
    )


def _write(source: Path, target: Path, pace: int) -> tuple[Usage, dict[str, float]]:
    usage, printed = run((sys.executable, "-m", "bench.writer", source, target, str(pace)))
    times: dict[str, float] = json.loads(printed)
    return usage, times


def _daemon(place: Place) -> Observed:
    return Observed((PANICPIPE, "run", "--config", place.config))


def _wait_until_running(place: Place, daemon: Observed) -> None:
    _wait(lambda: _status(place).get("running"), daemon)


def _ended(place: Place) -> Any:
    """Return the one dump's record once it has ended; look cheaply until its zip is there."""
    if not any(path.suffix == ".zip" for path in place.made.iterdir()):
        return None
    status = _status(place)
    if status["parked"]:
        raise Failed(f"the daemon parked the dump: {status['parked'][0]['reason']}")
    return status["done"][0] if status["done"] else None


def _status(place: Place) -> dict[str, Any]:
    try:
        _, printed = run((PANICPIPE, "status", "--json", "--config", place.config))
    except Failed:  # no journal yet
        return {}
    value: dict[str, Any] = json.loads(printed)
    return value


def _wait(condition: Callable[[], Any], daemon: Observed) -> Any:
    end = time.monotonic() + _PATIENCE
    while not (value := condition()):
        if daemon.has_ended or time.monotonic() > end:
            raise Failed("the daemon did not do its work in time")
        time.sleep(0.02)
    return value
