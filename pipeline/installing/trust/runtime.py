"""What a Python loads when it is run with `-I`: the running one, or one that a directory holds.

`-I` leaves out PYTHONPATH and all other variables, the directory of the script and of whoever
starts it, and the user's own site-packages with usercustomize. What remains is named here;
sitecustomize is somewhere in it.
"""

from __future__ import annotations

import os
import re
import site
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pipeline
from pipeline.installing.trust.libraries import loaded_libraries
from pipeline.machine import Machine

_HOME = re.compile(r"^home *= *(/.*?)\s*$", re.MULTILINE)
_SHARES = re.compile(r"^include-system-site-packages *= *true\s*$", re.MULTILINE | re.IGNORECASE)
_SHARED = ("lib/{}/site-packages", "lib/{}/dist-packages", "lib/python3/dist-packages")
_SHARED_BY_DEBIAN = "local/lib/{}/dist-packages"


@dataclass(frozen=True, kw_only=True)
class Runtime:
    """Where one Python has its code."""

    program: str
    """Its executable, which must be there."""
    files: tuple[str, ...] = ()
    """Its base's executable, dynamic libraries, the configuration of its virtual environment."""
    library: tuple[str, ...] = ()
    """The standard library; site-packages right below it count only where `packages` has them."""
    packages: tuple[str, ...] = ()
    """Its site-packages directories."""
    package: str | None = None
    """The directory that holds panicpipe's package, where that is known."""


def running() -> Runtime:
    """Describe the Python that runs this."""
    base = getattr(sys, "_base_executable", None) or sys.executable
    configuration = [
        os.path.join(place, "pyvenv.cfg") for place in (sys.prefix, os.path.dirname(sys.executable))
    ]
    return Runtime(
        program=sys.executable,
        files=_once(base, *configuration, *loaded_libraries()),
        library=_once(*_standard_library()),
        packages=_once(*site.getsitepackages()),
        package=str(Path(pipeline.__file__).absolute().parent.parent),
    )


def _standard_library() -> list[str]:
    library = os.path.dirname(os.__file__)
    archive = f"python{sys.version_info.major}{sys.version_info.minor}.zip"
    paths = [library]
    for prefix in (sys.base_prefix, sys.base_exec_prefix):
        folder = os.path.join(prefix, sys.platlibdir)
        paths += [os.path.join(folder, os.path.basename(library)), os.path.join(folder, archive)]
    return paths


def environment(machine: Machine, directory: str) -> Runtime:
    """Describe the virtual environment in a directory of the machine, running nothing of it."""
    place = machine.place(directory)
    configuration = str(place / "pyvenv.cfg")
    said = _text(configuration)
    versions = [name for name in _names(place / "lib") if name.startswith("python")]
    named = _HOME.search(said)
    prefixes = _once(named and os.path.dirname(named[1]), _prefix(place / "bin/python"))
    folders = (*_SHARED, _SHARED_BY_DEBIAN) if _SHARES.search(said) else ()
    own = [str(place / "lib" / version / "site-packages") for version in versions]
    return Runtime(
        program=str(place / "bin/python"),
        files=(configuration, *(file for prefix in prefixes for file in _libraries(prefix))),
        library=_below(prefixes, ["lib/{}"], versions),
        packages=(*(own or [str(place / "lib")]), *_below(prefixes, folders, versions)),
    )


def _below(
    prefixes: Iterable[str], folders: Iterable[str], versions: Iterable[str]
) -> tuple[str, ...]:
    return _once(
        *(
            os.path.join(prefix, folder.format(version))
            for prefix in prefixes
            for folder in folders
            for version in versions
        )
    )


def base(machine: Machine, program: str) -> Runtime:
    """Describe a Python by its path on the machine, which ends with `bin/python3.N`."""
    place = machine.place(program)
    prefix = _prefix(place)
    return Runtime(
        program=str(place),
        files=tuple(_libraries(prefix)),
        library=(os.path.join(prefix, "lib", place.name),),
    )


def _text(file: str) -> str:
    try:
        return Path(file).read_text("utf-8", "surrogateescape")
    except OSError:
        return ""


def _prefix(program: Path) -> str:
    """Return the prefix that a program is in, links followed."""
    return os.path.dirname(os.path.dirname(os.path.realpath(program)))


def _libraries(prefix: str) -> list[str]:
    """Return Python itself as a dynamic library, as it is in a framework and elsewhere."""
    folder = os.path.join(prefix, "lib")
    shared = [os.path.join(folder, name) for name in _names(folder) if "libpython" in name]
    return [os.path.join(prefix, "Python"), *shared]


def _names(directory: str | Path) -> list[str]:
    try:
        return sorted(os.listdir(directory))
    except OSError:
        return []


def _once(*paths: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path for path in paths if path))
