"""The Python under an environment: one that only root can change, found or made."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator

from pipeline.errors import MachineError, Untrusted
from pipeline.installing.environment.uv import uv_program
from pipeline.installing.trust import distrusted_base
from pipeline.machine import Changes, Machine

_MADE = "3.13"
_NEWEST, _OLDEST = 14, 11
"""Of Python 3: what panicpipe needs at least, and up to what its dependencies have wheels."""
OPTIONS = ("--no-config", "--no-cache", "--no-progress", "--no-bin")
"""So that uv reads nothing of a user, and writes to no other directory."""

_NAME = re.compile(r"python3\.(\d{1,2})")
_CAN = "import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))"
_PATIENCE = 1800.0


def base_python(changes: Changes, home: str, *, uv: str | None, index_url: str | None) -> str:
    """Return the path of a Python to build on; made below `home/python` where there is none.

    Under a dry run the one that would be made is told of, and need not be there.
    """
    machine = changes.machine
    fit = [each for each in _candidates(machine, home) if not distrusted_base(machine, each)]
    for python in fit:
        if _can_build(machine, python):
            return python
    if fit and uv is None and not machine.mac:
        name = os.path.basename(fit[0])
        raise MachineError(
            f"{fit[0]}: makes no environment; install its venv module (on Debian and Ubuntu: "
            f"apt-get install {name}-venv), or name a uv to make a Python with: --uv PATH"
        )
    return _make(changes, home, uv, index_url)


def _make(changes: Changes, home: str, uv: str | None, index_url: str | None) -> str:
    machine = changes.machine
    changes.directory(f"{home}/python", "root", "wheel" if machine.mac else "root", 0o755)
    place = str(machine.place(f"{home}/python"))
    with uv_program(changes, home, uv, index_url) as program:
        where = ("--install-dir", place)
        changes.run(program, "python", "install", *OPTIONS, *where, _MADE, patience=_PATIENCE)
    if changes.dry_run:
        return f"{home}/python/cpython-{_MADE}/bin/python{_MADE}"
    made = next(_below(machine, f"{home}/python"), None)
    if made is None:
        raise MachineError(f"{home}/python: uv made no Python there")
    reasons = distrusted_base(machine, made)
    if reasons:
        raise Untrusted(f"{made}: root must not run it: {'; '.join(reasons)}")
    _compile(changes, made)
    return made


def _compile(changes: Changes, python: str) -> None:
    """Compile its standard library now; files of its own tests that cannot be are no fault."""
    library = os.path.join(
        os.path.dirname(os.path.dirname(python)), "lib", os.path.basename(python)
    )
    arguments = ["-q", "-x", "/tests?/", str(changes.machine.place(library))]
    changes.run(python, "-I", "-m", "compileall", *arguments, accept=(0, 1), patience=600)


def _candidates(machine: Machine, home: str) -> Iterator[str]:
    """Yield Pythons of the versions that will do, the system's first where it has any."""
    if not machine.mac:
        yield from _newest_first(machine, ["/usr/bin"])
    yield from _below(machine, f"{home}/python")


def _below(machine: Machine, directory: str) -> Iterator[str]:
    """Yield what uv made: a directory for each, and links that stand for the newest."""
    place = machine.place(directory)
    made = [name for name in _names(machine, directory) if not (place / name).is_symlink()]
    yield from _newest_first(machine, [f"{directory}/{name}/bin" for name in sorted(made)])


def _newest_first(machine: Machine, directories: list[str]) -> list[str]:
    found = [
        (int(named[1]), f"{directory}/{name}")
        for directory in directories
        for name in _names(machine, directory)
        if (named := _NAME.fullmatch(name)) and _OLDEST <= int(named[1]) <= _NEWEST
    ]
    return [path for _, path in sorted(found, reverse=True)]


def _names(machine: Machine, directory: str) -> list[str]:
    try:
        return os.listdir(machine.place(directory))
    except OSError:
        return []


def _can_build(machine: Machine, python: str) -> bool:
    answer = machine.ask(python, "-I", "-c", _CAN)
    return answer is not None and answer.status == 0
