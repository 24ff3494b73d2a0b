"""Making the directories above one of ours: open to be walked through, whatever the umask."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

_MODE = 0o755


def make_parents(path: Path) -> None:
    """Make what is missing above `path`; what is there stays as it is."""
    for parent in reversed(path.parents):
        if not parent.is_dir():
            with contextlib.suppress(FileExistsError):
                os.mkdir(parent, _MODE)
                os.chmod(parent, _MODE)
