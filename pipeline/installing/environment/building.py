"""A new environment: its Python, what panicpipe needs, and panicpipe as it is running now."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence

from pipeline.errors import MachineError, Untrusted
from pipeline.installing import material
from pipeline.installing.environment import inventory
from pipeline.installing.environment.base_python import base_python
from pipeline.installing.environment.contents import contents, version
from pipeline.installing.environment.inventory import Environment
from pipeline.installing.environment.pip import checked, install, pins, pip
from pipeline.installing.trust import distrusted_environment
from pipeline.machine import Changes, Machine


def build(
    changes: Changes,
    home: str,
    *,
    extra: Sequence[str] | None = None,
    uv: str | None = None,
    index_url: str | None = None,
) -> Environment:
    """Have an environment of the running version below `home/environments` that root may run.

    `home` must exist already and belong to root. The newest one is returned as it is where it was
    built from the same, and root may still run it. `extra` are further packages (plugins) as pip
    takes them; None keeps those of the newest environment. `uv` is a path of the machine, for where
    a Python has to be made first; `index_url` is where pip looks, PyPI or what the machine's
    pip.conf names otherwise. Under a dry run nothing is checked, and the environment returned is
    the one that would be.

    MachineError where a command fails, Untrusted where the result may not be run by root; nothing
    that counts as an environment is left then.
    """
    machine = changes.machine
    known = inventory.newest(machine, home)
    wanted = checked((known.extra if known else ()) if extra is None else extra)
    files = contents()
    digest = _digest(files, wanted)
    if known and known.digest == digest and not distrusted_environment(machine, known.directory):
        changes.tell(f"keep   {known.directory}/")
        return known
    for begun in inventory.unfinished(machine, home):
        inventory.remove(changes, begun)
    python = base_python(changes, home, uv=uv, index_url=index_url)
    number = max(inventory.numbers(machine, home), default=0) + 1
    made = Environment(
        number=number,
        python=f"{inventory.directory(home, number)}/bin/python",
        version=version(),
        extra=wanted,
        digest=digest,
    )
    _make(changes, home, made, python, files, index_url)
    return made


def _make(
    changes: Changes,
    home: str,
    made: Environment,
    python: str,
    files: Mapping[str, bytes],
    index_url: str | None,
) -> None:
    group = "wheel" if changes.machine.mac else "root"
    changes.directory(f"{home}/environments", "root", group, 0o755)
    try:
        _fill(changes, made, python, files, index_url)
        if not changes.dry_run:
            _prove(changes.machine, made)
        inventory.finish(changes, made)
    except BaseException:
        inventory.remove(changes, made.directory)
        raise


def _fill(
    changes: Changes,
    made: Environment,
    python: str,
    files: Mapping[str, bytes],
    index_url: str | None,
) -> None:
    place = str(changes.machine.place(made.directory))
    changes.run(python, "-I", "-m", "venv", place, patience=300)
    lock = material.text("run.lock")
    constraints = f"{pins(lock)}panicpipe=={made.version}\n"
    written = {"requirements.lock": lock.encode(), "constraints.txt": constraints.encode()}
    changes.files(made.directory, written)
    pip(changes, made.python, "uninstall", "--yes", "setuptools")  # older Pythons put it there
    locked = ("--require-hashes", "--requirement", f"{place}/requirements.lock")
    install(changes, made.python, *locked, index_url=index_url)
    packages = f"{made.directory}/lib/{os.path.basename(python)}/site-packages"
    changes.files(packages, files)
    if made.extra:
        fixed = ("--constraint", f"{place}/constraints.txt")
        install(changes, made.python, *fixed, *made.extra, index_url=index_url)
    pip(changes, made.python, "check")
    pip(changes, made.python, "uninstall", "--yes", "pip")  # nothing changes it from now on
    package = str(changes.machine.place(f"{packages}/pipeline"))
    changes.run(made.python, "-I", "-m", "compileall", "-q", package, patience=300)


def _prove(machine: Machine, made: Environment) -> None:
    """See that root may run it, by a look at its files and by its own account; and that it runs."""
    reasons = distrusted_environment(machine, made.directory) or _own_account(machine, made)
    if reasons:
        raise Untrusted(
            f"the environment made in {made.directory} is none that root may run: "
            f"{'; '.join(reasons)}; it was removed again"
        )
    answer = machine.run(made.python, "-I", "-m", "pipeline", "--version")
    if answer.status != 0 or made.version not in answer.out.split():
        raise MachineError(
            f"the environment made in {made.directory} does not work: `panicpipe --version` ended "
            f"with {answer.status}: {answer.said}; it was removed again"
        )


def _own_account(machine: Machine, made: Environment) -> Sequence[str]:
    root = () if machine.real else (str(machine.root),)
    answer = machine.run(made.python, "-I", "-m", "pipeline.installing.trust", *root)
    try:
        reasons = json.loads(answer.out)
    except ValueError:
        return (f"it does not tell what it loads: {answer.said}",)
    return [str(reason) for reason in reasons]


def _digest(files: Mapping[str, bytes], extra: Sequence[str]) -> str:
    digest = hashlib.sha256(json.dumps(extra).encode())
    for name, data in sorted(files.items()):
        digest.update(f"\n{name} {len(data)}\n".encode())
        digest.update(data)
    return digest.hexdigest()
