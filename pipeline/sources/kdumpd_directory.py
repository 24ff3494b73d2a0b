"""Where kdumpd puts dumps, as its own property list says it."""

from __future__ import annotations

import plistlib
from pathlib import Path
from xml.parsers.expat import ExpatError

PLIST = Path("/System/Library/LaunchDaemons/com.apple.kdumpd.plist")
OLD_RECIPE = Path("/PanicDumps")
USUAL = Path("/var/tmp/PanicDumps")  # noqa: S108  # Apple's choice


def kdumpd_directory(
    *, plist: Path = PLIST, old_recipe: Path = OLD_RECIPE, usual: Path = USUAL
) -> Path:
    """Return the directory that kdumpd is told to write to, or else the likeliest one."""
    told = _told_by(plist)
    if told is not None:
        return told
    return old_recipe if old_recipe.is_dir() else usual


def _told_by(plist: Path) -> Path | None:
    try:
        with plist.open("rb") as file:
            job = plistlib.load(file)
        directory = Path(job["ProgramArguments"][-1])
    except (OSError, ExpatError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return directory if directory.is_absolute() and len(job["ProgramArguments"]) > 1 else None
