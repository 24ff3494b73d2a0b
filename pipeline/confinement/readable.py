"""What may still be read where some directories may not: Landlock knows only what is allowed."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

_PRIVATE = ("/home", "/root")


def readable(hidden: Sequence[str]) -> Iterator[int]:
    """Yield a descriptor (O_PATH) of each file or directory that may be read with all below it.

    That is all beside `hidden` and people's homes, and Python with its libraries wherever they are.
    Each is closed again. Links do not count: what they lead to is allowed, or not, by itself.
    """
    closed = frozenset(Path(path) for path in (*hidden, *_PRIVATE))
    above = frozenset(parent for path in closed for parent in path.parents)
    for directory in sorted(above - closed):
        if closed.isdisjoint(directory.parents):
            yield from _in(directory, closed | above)
    for path in _of_python():
        yield from _opened(path)


def _in(directory: Path, without: frozenset[Path]) -> Iterator[int]:
    try:
        names = os.listdir(directory)
    except OSError:  # then its contents are out of reach, or Python's own
        return
    for name in names:
        if directory / name not in without:
            yield from _opened(directory / name)


def _of_python() -> Iterator[Path]:
    found = (sys.prefix, sys.base_prefix, sys.base_exec_prefix, *sys.path)
    yield from (Path(path) for path in dict.fromkeys(found) if os.path.isabs(path))


def _opened(path: Path) -> Iterator[int]:
    try:
        fd = os.open(path, os.O_PATH | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return
    try:
        if not stat.S_ISLNK(os.fstat(fd).st_mode):
            yield fd
    finally:
        os.close(fd)
