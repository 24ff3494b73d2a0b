"""panicpipe itself as files: exactly what is running now, in the form of an installed wheel."""

from __future__ import annotations

import base64
import hashlib
import os
import stat
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path

import pipeline
from pipeline.errors import MachineError
from pipeline.installing import material

_NAME = "panicpipe"
_LEFT_OUT = ("RECORD", "INSTALLER", "REQUESTED", "direct_url.json")
"""Of the metadata: what only holds of the installation that is running."""


def version() -> str:
    """Return the version that is running."""
    return _distribution().version


def contents() -> dict[str, bytes]:
    """Return every file that belongs into site-packages, by its name below that."""
    files = dict(_package())
    files.update(_shipped())
    information = f"{_NAME}-{version()}.dist-info"
    files.update({f"{information}/{name}": data for name, data in _metadata()})
    files[f"{information}/INSTALLER"] = b"panicpipe\n"
    files[f"{information}/RECORD"] = _record(files, f"{information}/RECORD")
    return files


def _package() -> Iterator[tuple[str, bytes]]:
    package = Path(pipeline.__file__).parent
    for directory, folders, names in os.walk(package):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "__pycache__")))
        for name in sorted(names):
            file = Path(directory, name)
            if name.startswith(".") or not stat.S_ISREG(file.lstat().st_mode):
                continue
            yield f"{package.name}/{file.relative_to(package)}", file.read_bytes()


def _shipped() -> Iterator[tuple[str, bytes]]:
    for name in material.names():
        yield (
            f"{Path(pipeline.__file__).parent.name}/{material.CARRIED}/{name}",
            material.data(name),
        )


def _metadata() -> Iterator[tuple[str, bytes]]:
    found = _distribution()
    for path in found.files or ():
        folder = next((part for part in path.parts if part.endswith(".dist-info")), None)
        if folder is None or path.parts[0] != folder:
            continue
        name = "/".join(path.parts[1:])
        if name not in _LEFT_OUT:
            yield name, Path(str(found.locate_file(path))).read_bytes()


def _distribution() -> Distribution:
    try:
        return distribution(_NAME)
    except PackageNotFoundError:
        raise MachineError("panicpipe runs without being installed: install it first") from None


def _record(files: Mapping[str, bytes], own: str) -> bytes:
    """Return the list of files in the form of the wheel's RECORD."""
    lines = [f"{name},sha256={_digest(data)},{len(data)}" for name, data in sorted(files.items())]
    return "\n".join([*lines, f"{own},,", ""]).encode()


def _digest(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
