"""What a check came to, and what checks are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from pipeline.machine import Machine


class Outcome(StrEnum):
    OK = "ok"
    FAILED = "FAILED"
    """This system does not do what panicpipe relies on."""
    SEEN = "seen"
    """Nothing relies on it; what was seen is worth knowing."""
    NOT_HERE = "not here"
    """Only a Mac, a graphical session or a newer panicpipe has it."""
    NEEDS_ROOT = "needs sudo"


@dataclass(frozen=True)
class Result:
    outcome: Outcome
    seen: str
    """What was seen, in one line."""


@dataclass(frozen=True, kw_only=True)
class Scene:
    """Where a check works."""

    directory: Path
    """An empty directory of its own, which is removed afterwards."""
    machine: Machine
    root: bool
    """Whether it runs as root."""
    traces: bool = False
    """Whether to do also what leaves something small behind."""


@dataclass(frozen=True, kw_only=True)
class Check:
    name: str
    look: Callable[[Scene], Result]
    mac: bool = True
    """Whether only a Mac has it."""
    root: bool = False
    """Whether only root can look."""
    seconds: int = 60
    """After so long without an answer it has failed."""


def ok(seen: str) -> Result:
    return Result(Outcome.OK, seen)


def failed(seen: str) -> Result:
    return Result(Outcome.FAILED, seen)


def seen(what: str) -> Result:
    return Result(Outcome.SEEN, what)


def not_here(why: str) -> Result:
    return Result(Outcome.NOT_HERE, why)


def judged(good: bool, what: str) -> Result:
    return ok(what) if good else failed(what)
