"""Where kdumpd puts dumps: what its property list tells it, our own first, then Apple's."""

from __future__ import annotations

import plistlib
from dataclasses import dataclass
from pathlib import Path
from xml.parsers.expat import ExpatError

APPLE = "com.apple.kdumpd"
OURS = "org.panicpipe.kdumpd"
PROGRAM = "/usr/libexec/kdumpd"
PORT = 1069
"""The UDP port that panicked Macs send to."""
_PLISTS = {
    OURS: Path(f"/Library/LaunchDaemons/{OURS}.plist"),
    APPLE: Path(f"/System/Library/LaunchDaemons/{APPLE}.plist"),
}
_OLD_RECIPE = Path("/PanicDumps")
_USUAL = Path("/var/tmp/PanicDumps")  # noqa: S108  # Apple's choice


@dataclass(frozen=True, kw_only=True)
class Told:
    """What one property list tells kdumpd; paths are those of the machine."""

    label: str
    plist: Path
    directory: Path

    @property
    def ours(self) -> bool:
        return self.label == OURS


def kdumpd_directory(root: Path = Path("/")) -> Path:
    """Return the directory that kdumpd is told to write to, or else the likeliest one."""
    found = told(root)
    if found is not None:
        return found.directory
    return _OLD_RECIPE if _place(root, _OLD_RECIPE).is_dir() else _USUAL


def told(root: Path = Path("/")) -> Told | None:
    """Return what kdumpd is told on the machine below `root`; None where nothing tells it."""
    return told_by(OURS, root) or told_by(APPLE, root)


def told_by(label: str, root: Path = Path("/")) -> Told | None:
    """Return what the property list of one of the two labels says; None where it says nothing."""
    try:
        with _place(root, _PLISTS[label]).open("rb") as file:
            job = plistlib.load(file)
        arguments = job["ProgramArguments"]
        directory = Path(arguments[-1])
    except (OSError, ExpatError, ValueError, LookupError, TypeError, AttributeError, MemoryError):
        return None
    if len(arguments) < 2 or not directory.is_absolute():
        return None
    return Told(label=label, plist=_PLISTS[label], directory=directory)


def plist_of(label: str) -> Path:
    """Return where launchd finds the property list of one of the two labels."""
    return _PLISTS[label]


def _place(root: Path, path: Path) -> Path:
    return root / path.relative_to("/")
