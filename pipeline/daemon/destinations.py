"""Looks from time to time whether the directories that the chain reads and writes can be used.

Only the daemon's own look tells whether macOS lets it: Full Disk Access, which volumes below
/Volumes need, is granted to the program that asks, and a terminal has grants of its own. `doctor`
shows what was found here. The look is taken in one round and collected in the next: a volume that
does not answer holds up nothing.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.config import Settings
from pipeline.display import printable
from pipeline.journal import Journal
from pipeline.kdumpd import kdumpd_directory
from pipeline.machine.looking import Look, Looking
from pipeline.plugin import FileStage

_log = logging.getLogger("panicpipe.daemon")

_KIND = "destination"
_EVERY = 600.0
"""Seconds between two looks."""


@dataclass(frozen=True, kw_only=True)
class Destination:
    """What the daemon found at one of its directories."""

    path: str
    """Safe to show."""
    looked: float
    fault: str | None


class Destinations:
    """Takes a look every ten minutes, and keeps the outcome in the journal."""

    def __init__(
        self,
        journal: Journal,
        directories: Iterable[Path],
        *,
        volumes: Path = Path("/Volumes"),
        look: Callable[[Sequence[Path]], Looking] = Looking,
    ) -> None:
        """Take the chain's directories; those that are not below `volumes` need no such look."""
        self._journal = journal
        self._mounts = {
            path: volumes.joinpath(*path.relative_to(volumes).parts[:1])
            for path in directories
            if path.is_relative_to(volumes)
        }
        self._look = look
        self._under_way: Looking | None = None
        self._looked: float | None = None

    def look(self, now: float) -> None:
        """Begin a look, or take in the one that was begun the last time."""
        if self._under_way is not None:
            found, self._under_way = self._under_way.collect(0), None
            self._note(found, now)
        elif self._looked is None or not 0 <= now - self._looked < _EVERY:
            self._looked = now
            if self._mounts:
                with contextlib.suppress(OSError):  # no process more for now: the next time then
                    self._under_way = self._look([*self._mounts, *set(self._mounts.values())])
            else:
                self._note({}, now)

    def _note(self, found: Mapping[str, Look], now: float) -> None:
        known = {each.name: each.text for each in self._journal.conditions.of_kind(_KIND)}
        for path, mount in self._mounts.items():
            shown = printable(os.fsencode(path))
            name = f"{_KIND}:{shown}"
            fault = _fault(found[str(path)], found[str(mount)])
            if fault and fault != known.get(name):
                _log.warning("%s: %s", shown, fault)
            self._journal.conditions.note(name, now, fault or "")
            known.pop(name, None)
        for name in known:
            self._journal.conditions.clear(name)


def directories_of(settings: Settings, root: Path = Path("/")) -> list[Path]:
    """Return where dumps arrive, and where what is made of them goes; paths of the machine."""
    made = [stage.plugin for stage in settings.stages]
    own = [each.directory for each in made if isinstance(each, FileStage) and each.directory]
    return [*watched_of(settings, root), *own]


def watched_of(settings: Settings, root: Path = Path("/")) -> list[Path]:
    """Return what the sources watch, as far as they say it by a key `path`."""
    usual = kdumpd_directory(root)
    named = [source.config.get("path") for source in settings.sources]
    return list(dict.fromkeys(Path(each) if each else usual for each in named))


def read_destinations(journal: Journal) -> tuple[Destination, ...]:
    """Return what the daemon found when it looked last."""
    return tuple(
        Destination(path=each.name.partition(":")[2], looked=each.since, fault=each.text or None)
        for each in journal.conditions.of_kind(_KIND)
    )


def _fault(directory: Look, mount: Look) -> str | None:
    if mount.kind == "missing":
        return "its volume is not mounted"
    look = mount if directory.kind == "missing" else directory  # it is made when it is needed
    if look.error == errno.EPERM:
        return "Operation not permitted: macOS does not let panicpipe in"
    if look.fault is not None:
        return look.fault
    if look.kind != "directory":
        return "is no directory"
    return "can only be read" if look.read_only else None
