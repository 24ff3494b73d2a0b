"""Whether a directory that the daemon will write to can be used, without touching it."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.display import printable
from pipeline.errors import RefusedDirectory, TryAgain
from pipeline.publishing.outputs import OutputDirectory


@dataclass(frozen=True)
class Outlook:
    """How it looks for one directory."""

    usable: bool
    text: str


def outlook(path: Path) -> Outlook:
    """Say whether this user could write to `path` as it is, or make it."""
    if not os.path.lexists(path):
        return _to_be_made(path)
    try:
        OutputDirectory.open(path).close()
    except (RefusedDirectory, TryAgain) as error:
        return Outlook(usable=False, text=str(error))
    if not _may_write(path):
        return Outlook(usable=False, text=f"{_shown(path)}: this user cannot write to it")
    return Outlook(usable=True, text=f"{_shown(path)}: is there and can be written to")


def _to_be_made(path: Path) -> Outlook:
    parent = next(place for place in path.parents if os.path.lexists(place))
    if parent.is_dir() and _may_write(parent):
        return Outlook(usable=True, text=f"{_shown(path)}: is not there yet, will be made")
    return Outlook(
        usable=False,
        text=f"{_shown(path)}: is not there, and this user cannot make it in {_shown(parent)}",
    )


def _may_write(path: Path) -> bool:
    return os.access(path, os.W_OK | os.X_OK, effective_ids=True)


def _shown(path: Path) -> str:
    return printable(os.fsencode(path))
