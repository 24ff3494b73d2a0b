"""Which environments there are below `HOME/environments`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from pipeline.machine import Changes, Machine


@dataclass(frozen=True, kw_only=True)
class Environment:
    """A finished virtual environment that belongs to root."""

    number: int
    python: str
    """Its interpreter, a path of the machine: run it as `PYTHON -I -m pipeline …`."""
    version: str
    """Of panicpipe."""
    extra: tuple[str, ...] = ()
    """What was asked for besides panicpipe, as pip takes it."""
    digest: str = ""
    """Of all that it was built from: the same digest needs no new environment."""

    @property
    def directory(self) -> str:
        return self.python.removesuffix("/bin/python")


def newest(machine: Machine, home: str) -> Environment | None:
    """Return the finished environment of the highest number; None where there is none."""
    raise NotImplementedError


def retire(changes: Changes, home: str, keep: Collection[int]) -> None:
    """Remove every environment, finished or not, whose number is not to be kept."""
    raise NotImplementedError
