"""Files that are shipped with panicpipe and put somewhere at installation.

Each has one place in the source tree. The wheel carries them inside the package, below `material/`
(`[tool.hatch.build.targets.wheel.force-include]` in pyproject.toml); a checkout uses them as they
are.
"""

from __future__ import annotations

from pathlib import Path

import pipeline
from pipeline.errors import MachineError

SOURCES = {
    "org.panicpipe.daemon.plist": "launchd/org.panicpipe.daemon.plist",
    "org.panicpipe.kdumpd.plist": "launchd/org.panicpipe.kdumpd.plist",
    "panicpipe.service": "systemd/panicpipe.service",
    "panicpipe.toml": "config/panicpipe.toml",
    "requirements-run.lock": "requirements-run.lock",
    "requirements-uv.lock": "requirements-uv.lock",
}
"""Each file's name, and where it is in the source tree."""

FOLDER = "material"
"""Where the wheel carries them, below the package."""


def text(name: str) -> str:
    """Return one of them, by its name in `SOURCES`."""
    return data(name).decode("utf-8")


def data(name: str) -> bytes:
    """Return one of them as it is; MachineError where this installation lacks it."""
    package = Path(pipeline.__file__).parent
    for place in (package / FOLDER / name, package.parent / SOURCES[name]):
        try:
            return place.read_bytes()
        except FileNotFoundError:
            continue
    raise MachineError(f"{name}: is missing from this installation; install panicpipe anew")
