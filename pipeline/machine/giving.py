"""Owner, group and mode of what is at a path, given to the very thing that was looked at.

All goes by descriptor: where others can write to the directory above, the name may lead elsewhere
by the time that it is used again, and what root gives away then is somebody else's.
"""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from pipeline.display import printable
from pipeline.errors import Untrusted

Owners = tuple[int, int] | None

_ABOVE = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_DIRECTORY = _ABOVE | os.O_NOFOLLOW
_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def have_directory(place: Path, owners: Owners, mode: int, trusted: Collection[int]) -> None:
    """Have a directory that belongs so, whether it is there or not.

    Untrusted where it belongs to nobody of `trusted` once it is open; OSError where a link or
    another kind of file is there by now.
    """
    with _opened(place.parent, _ABOVE) as above:
        with contextlib.suppress(FileExistsError):
            os.mkdir(place.name, 0o700, dir_fd=above)
        with _opened(place.name, _DIRECTORY, above) as fd:
            if os.fstat(fd).st_uid not in trusted:
                raise Untrusted(
                    f"{_shown(place)}: somebody else has put a directory there just now"
                )
            _give(fd, owners, mode)


def give_file(place: Path, owners: Owners, mode: int) -> None:
    """Have a file belong so; Untrusted where it is none, or has another name elsewhere."""
    with _opened(place, _FILE) as fd:
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode):
            raise Untrusted(f"{_shown(place)}: is no file; look who made it, and remove it")
        if found.st_nlink != 1:
            raise Untrusted(f"{_shown(place)}: has {found.st_nlink} names, here and elsewhere")
        _give(fd, owners, mode)


def _give(fd: int, owners: Owners, mode: int) -> None:
    if owners is not None:
        os.fchown(fd, *owners)
    os.fchmod(fd, mode)  # after the owner, whose change can take bits away


@contextlib.contextmanager
def _opened(path: Path | str, flags: int, above: int | None = None) -> Iterator[int]:
    fd = os.open(path, flags, dir_fd=above)
    try:
        yield fd
    finally:
        os.close(fd)


def _shown(path: Path) -> str:
    return printable(os.fsencode(path))
