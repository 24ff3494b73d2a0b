"""Which volume a path is on, so that an empty mount point is not mistaken for its volume."""

from __future__ import annotations

import os
from pathlib import Path

from pipeline.display import printable
from pipeline.errors import TryAgain

_VOLUMES = Path("/Volumes")
"""Where macOS mounts; a mount point is removed with its volume."""


def volume_of(path: Path, before: Path | None = None, volumes: Path = _VOLUMES) -> Path:
    """Return the mount point that `path`, which need not be there, is below.

    TryAgain where the volume it was on `before`, or must be on, is not mounted: whatever would be
    made there now would lie hidden below it later, or take its name.
    """
    now = _mount_point(path)
    if before is None and path.is_relative_to(volumes):
        before = volumes.joinpath(*path.relative_to(volumes).parts[:1])
        missing = not os.path.lexists(before)
    else:
        missing = before is not None and before != now and before.is_relative_to(now)
    if missing:
        raise TryAgain(f"{_shown(path)}: its volume {_shown(before or now)} is not mounted")
    return now


def _mount_point(path: Path) -> Path:
    while not os.path.exists(path):
        path = path.parent
    device = os.stat(path).st_dev
    while path != path.parent and os.stat(path.parent).st_dev == device:
        path = path.parent
    return path


def _shown(path: Path) -> str:
    return printable(os.fsencode(path))
