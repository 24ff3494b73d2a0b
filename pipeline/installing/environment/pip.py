"""pip, run so that only what root says counts.

`--isolated` leaves out variables and the configuration of users: an index of one's own, a proxy or
a certificate belongs into the configuration of the whole machine, which is root's.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from urllib.parse import urlsplit

from pipeline.display import one_line
from pipeline.errors import MachineError
from pipeline.machine import Changes

_PATIENCE = 1800.0


def install(changes: Changes, python: str, *arguments: str, index_url: str | None) -> None:
    """Install into the environment of this interpreter; nothing is built, so no code of it runs."""
    index = [] if index_url is None else ["--index-url", without_password(index_url)]
    fixed = ["install", "--no-cache-dir", "--only-binary", ":all:"]
    pip(changes, python, *fixed, *index, *arguments)


def pip(changes: Changes, python: str, *arguments: str) -> None:
    """Run the pip of this interpreter's environment."""
    options = ["--isolated", "--no-input", "--disable-pip-version-check"]
    changes.run(python, "-I", "-m", "pip", *options, *arguments, patience=_PATIENCE)


def without_password(index_url: str) -> str:
    """Return the URL; MachineError where it holds a password, which everybody here could see."""
    if "@" in urlsplit(index_url).netloc:
        raise MachineError(
            "--index-url: a name and password there can be seen by all who list processes; put "
            "index-url into the pip.conf of this machine instead"
        )
    return index_url


def checked(extra: Sequence[str]) -> tuple[str, ...]:
    """Return requirements as given, files by their whole path, for pip runs in another directory.

    MachineError where one is no requirement but an option.
    """
    for each in extra:
        if each.startswith("-") or not each.strip():
            raise MachineError(f"--with: {one_line(each, 80)!r} is no package")
    return tuple(os.path.abspath(each) if os.path.isfile(each) else each for each in extra)


def pins(lock: str) -> str:
    """Return a lock as constraints: which versions, without their hashes."""
    lines = [line.removesuffix("\\").rstrip() for line in lock.splitlines()]
    return "".join(f"{line}\n" for line in lines if line and not line.startswith(("#", " ")))
