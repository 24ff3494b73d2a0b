"""What an uninstallation leaves, each with the command that would remove it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable, Iterator
from pathlib import Path

from pipeline.installing.state_removal import is_record, names
from pipeline.machine import Machine


def told(kept: Iterable[str], lasting: Iterable[str]) -> Iterator[str]:
    """Return the last words of an uninstallation: what stays, and what cannot be taken back."""
    yield ""
    yield "What stays, and what would remove it:"
    yield from (f"  {text}" for text in kept)
    yield "What cannot be taken back:"
    yield "  alerts that were sent, and copies in an archive"
    yield from (f"  {text}" for text in lasting)


def line(machine: Machine, what: str, path: str) -> Iterator[str]:
    """Say how a file, or a directory with something in it, is removed; nothing where none is."""
    place = machine.place(path)
    if place.is_dir() and not _is_empty(place):
        yield f"{what}: sudo rm -r {shlex.quote(path)}"
    elif place.is_file():
        yield f"{what}: sudo rm {shlex.quote(path)}"


def beside_the_journal(machine: Machine, state: str, named: Iterable[str]) -> Iterator[str]:
    """Tell of what is no record of the daemon's, nor leads to what is told of otherwise."""
    for name in names(machine, state):
        path = f"{state}/{name}"
        if not is_record(name) and not any(is_within(each, path) for each in named):
            yield from line(machine, "what else lies beside the journal", path)


def is_within(path: str, directory: str) -> bool:
    """Whether a path is a directory's, or the directory itself."""
    return f"{os.path.normpath(path)}/".startswith(f"{directory}/")


def _is_empty(place: Path) -> bool:
    try:
        return not any(place.iterdir())
    except OSError:
        return False  # only root may look
