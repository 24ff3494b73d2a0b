"""Which environments there are below `HOME/environments`."""

from __future__ import annotations

import os
from dataclasses import dataclass

import msgspec

from pipeline.errors import MachineError
from pipeline.machine import Changes, Machine

_MARK = "panicpipe.json"


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


class _Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a finished environment says of itself, written last."""

    version: str
    extra: tuple[str, ...]
    digest: str


def newest(machine: Machine, home: str) -> Environment | None:
    """Return the finished environment of the highest number; None where there is none."""
    for number in sorted(numbers(machine, home), reverse=True):
        found = _finished(machine, home, number)
        if found is not None:
            return found
    return None


def retire(changes: Changes, home: str, used: str | None) -> None:
    """Remove every environment below `home`, finished or not, but the one that is used.

    The names of links count as what they name. Also what a build that was killed has left of the uv
    that it made a Python with.
    """
    machine = changes.machine
    kept = None if used is None else os.path.realpath(machine.place(used))
    for number in numbers(machine, home):
        path = directory(home, number)
        if os.path.realpath(machine.place(path)) != kept:
            remove(changes, path)
    changes.remove_tree(f"{home}/uv")


def remove(changes: Changes, path: str) -> None:
    """Remove an environment, its mark first: killed on the way, it counts no more."""
    changes.remove(f"{path}/{_MARK}")
    changes.remove_tree(path)


def unfinished(machine: Machine, home: str) -> list[str]:
    """Return the directories in which an environment was begun."""
    begun = [each for each in numbers(machine, home) if _finished(machine, home, each) is None]
    return [directory(home, number) for number in begun]


def finish(changes: Changes, environment: Environment) -> None:
    """Mark it as finished: from now on it counts."""
    mark = _Mark(version=environment.version, extra=environment.extra, digest=environment.digest)
    if not changes.dry_run:
        os.sync()  # what the mark vouches for
    group = "wheel" if changes.machine.mac else "root"
    data = msgspec.json.encode(mark) + b"\n"
    changes.file(f"{environment.directory}/{_MARK}", data, "root", group, 0o644)


def numbers(machine: Machine, home: str) -> list[int]:
    """Return the numbers of all environments, finished or not, in order."""
    try:
        names = os.listdir(machine.place(f"{home}/environments"))
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise MachineError(f"{home}/environments: {error.strerror}") from error
    return sorted(int(name) for name in names if name.isascii() and name.isdigit())


def directory(home: str, number: int) -> str:
    """Return where the environment of that number is, or will be."""
    return f"{home}/environments/{number}"


def _finished(machine: Machine, home: str, number: int) -> Environment | None:
    path = directory(home, number)
    try:
        mark = msgspec.json.decode(machine.place(f"{path}/{_MARK}").read_bytes(), type=_Mark)
    except (OSError, msgspec.DecodeError):
        return None
    return Environment(
        number=number,
        python=f"{path}/bin/python",
        version=mark.version,
        extra=mark.extra,
        digest=mark.digest,
    )
