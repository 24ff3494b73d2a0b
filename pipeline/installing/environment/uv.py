"""uv, for the one time that a Python has to be made.

One that only root can change is used where the system has it. Otherwise it is installed from the
index, by its hash, with the Python that is running; it is removed again afterwards.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.errors import MachineError
from pipeline.installing import material
from pipeline.installing.environment.pip import install
from pipeline.installing.trust import distrusted_program
from pipeline.machine import Changes

_PLACES = ("/usr/bin/uv", "/usr/local/bin/uv", "/opt/homebrew/bin/uv")


@contextmanager
def uv_program(
    changes: Changes, home: str, named: str | None, index_url: str | None
) -> Iterator[str]:
    """Give the path of a uv to run as root; one that was `named` is run whoever owns it."""
    machine = changes.machine
    if named is not None:
        if not machine.has(named):
            raise MachineError(f"--uv: {named} is no program that can be run")
        yield named
        return
    for place in _PLACES:
        if machine.has(place) and not distrusted_program(machine, place):
            yield place
            return
    directory = f"{home}/uv"
    changes.remove_tree(directory)
    try:
        _install(changes, directory, index_url)
        yield f"{directory}/bin/uv"
    finally:
        if not changes.dry_run:
            changes.remove_tree(directory)


def _install(changes: Changes, directory: str, index_url: str | None) -> None:
    place = str(changes.machine.place(directory))
    changes.run(sys.executable, "-I", "-m", "venv", place, patience=300)
    changes.files(directory, {"uv.lock": material.data("uv.lock")})
    lock = ("--require-hashes", "--requirement", f"{place}/uv.lock")
    install(changes, f"{directory}/bin/python", *lock, index_url=index_url)
