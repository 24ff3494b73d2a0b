"""Files that are shipped with panicpipe and put somewhere when it is installed.

Each has one place in the source tree. The wheel carries them inside the package, below `material/`
(`[tool.hatch.build.targets.wheel.sources]` in pyproject.toml); a checkout uses them as they are.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pipeline
from pipeline.errors import MachineError

FOLDERS = ("config", "launchd", "requirements", "systemd")
"""Where they are in the source tree: all files of these folders are shipped."""

CARRIED = "material"
"""Where the wheel carries them, below the package."""


def text(name: str) -> str:
    """Return one of them by its file's name, such as `org.panicpipe.daemon.plist`."""
    return data(name).decode("utf-8")


def data(name: str) -> bytes:
    """Return one of them as it is; MachineError where this installation lacks it."""
    for folder in _folders():
        if (folder / name).is_file():
            return (folder / name).read_bytes()
    raise MachineError(f"{name}: is missing from this installation; install panicpipe anew")


def names() -> tuple[str, ...]:
    """Return the names of all of them."""
    return tuple(sorted(file.name for folder in _folders() for file in folder.iterdir()))


def _folders() -> Iterator[Path]:
    package = Path(pipeline.__file__).parent
    places = [package / CARRIED]
    if not places[0].is_dir():
        places = [package.parent / folder for folder in FOLDERS]
    yield from (place for place in places if place.is_dir())
