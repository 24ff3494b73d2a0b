"""A look at paths and trees of files: every directory and link on the way, every file in them."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from pipeline.installing.trust.rules import Fault, fault
from pipeline.machine import Machine

_MOST_LINKS = 40
"""As many as the kernel follows in one path."""


class Survey:
    """What was looked at so far, and what was found.

    Below a directory that others can change nothing is looked at: it is the reason already. Below
    a scratch root, files may also belong to whoever rehearses; the root itself and what is above
    it is taken for granted.
    """

    def __init__(self, machine: Machine) -> None:
        self.faults: list[Fault] = []
        self.sound: list[str] = []
        """Every path without a fault, each once."""
        self._verdicts: dict[str, bool] = {}
        self._walked: set[str] = set()
        self._root = None if machine.real else machine.root
        if self._root is not None:
            self._verdicts = {str(place): True for place in (self._root, *self._root.parents)}

    def path(self, path: str) -> str | None:
        """Look at each directory and link on the way to a path, and at what is there.

        Returns the path without links; None where there was a fault, or nothing is there.
        """
        place = "/"
        if not self._judge(place):
            return None
        coming = _parts(path)
        links = 0
        while coming:
            name = coming.pop()
            if name == "..":
                place = os.path.dirname(place)
                continue
            following = os.path.join(place, name)
            try:
                if not self._judge(following):
                    return None
                target = _target(following)
            except OSError as error:
                self._unseen(following, error)
                return None
            if target is None:
                place = following
                continue
            links += 1
            if links > _MOST_LINKS:
                self._note(path, "is a loop of links")
                return None
            place = "/" if target.startswith("/") else place
            coming += _parts(target)
        return place

    def tree(self, path: str, *, without: Collection[str] = ()) -> None:
        """Look at a path, and at everything below it where it is a directory.

        `without` are names right below it that are left out.
        """
        top = self.path(path)
        waiting = [top] if top is not None and os.path.isdir(top) else []
        while waiting:
            directory = waiting.pop()
            if directory in self._walked:
                continue
            self._walked.add(directory)
            left_out = without if directory == top else ()
            waiting += self._directories(directory, left_out)

    def _directories(self, directory: str, without: Collection[str]) -> Iterator[str]:
        """Look at what is right in a directory; yield the directories whose contents matter."""
        try:
            entries = list(os.scandir(directory))
        except OSError as error:
            self._unseen(directory, error)
            return
        for entry in entries:
            if entry.name in without:
                continue
            try:
                found = entry.stat(follow_symlinks=False)
            except OSError as error:
                self._unseen(entry.path, error)
                continue
            if stat.S_ISLNK(found.st_mode):
                real = self.path(entry.path)
                if real is not None and os.path.isdir(real):
                    yield real
            elif self._judge(entry.path, found) and stat.S_ISDIR(found.st_mode):
                yield entry.path

    def _judge(self, path: str, found: os.stat_result | None = None) -> bool:
        verdict = self._verdicts.get(path)
        if verdict is None:
            what = fault(path, found or os.lstat(path), self._owners(path))
            verdict = self._verdicts[path] = what is None
            if what is None:
                self.sound.append(path)
            else:
                self.faults.append(Fault(path=path, what=what))
        return verdict

    def _owners(self, path: str) -> Collection[int]:
        if self._root is not None and Path(path).is_relative_to(self._root):
            return (0, os.geteuid())
        return (0,)

    def _unseen(self, path: str, error: OSError) -> None:
        """Note what cannot be looked at; what is not there is nobody's to change."""
        if error.errno not in (errno.ENOENT, errno.ENOTDIR):
            self._note(path, f"cannot be looked at: {error.strerror}")

    def _note(self, path: str, what: str) -> None:
        if self._verdicts.get(path) is not False:
            self._verdicts[path] = False
            self.faults.append(Fault(path=path, what=what))


def _parts(path: str) -> list[str]:
    """Split a path, the first name last."""
    return [name for name in reversed(path.split("/")) if name not in ("", ".")]


def _target(path: str) -> str | None:
    try:
        return os.readlink(path)
    except OSError as error:
        if error.errno == errno.EINVAL:
            return None  # no link
        raise
