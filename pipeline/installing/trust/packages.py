"""Site-packages: what else they have Python load, and what in them is no real installation."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

from pipeline.installing.trust.rules import Fault

_LONGEST = 1 << 20


def added_directories(directory: str) -> Iterator[str]:
    """Yield the directories and archives outside that .pth files add to the path, as site does."""
    for file in sorted(Path(directory).glob("*.pth")):
        for line in _text(file).splitlines():
            named = line.rstrip()
            if not named or named.startswith(("#", "import ", "import\t")):
                continue
            place = os.path.abspath(os.path.join(directory, named))
            if os.path.lexists(place) and not f"{place}/".startswith(f"{directory}/"):
                yield place


def checkouts(directory: str) -> Iterator[Fault]:
    """Yield the distributions that run from a checkout, as PEP 610 has installers record it."""
    for file in sorted(Path(directory).glob("*.dist-info/direct_url.json")):
        source = _editable(_text(file))
        if source is not None:
            name = file.parent.name.removesuffix(".dist-info").rpartition("-")[0]
            yield Fault(path=name, what=f"runs from a checkout, {source}")


def _editable(record: str) -> str | None:
    try:
        value = json.loads(record)
        editable = value["dir_info"]["editable"] is True
        return unquote(urlsplit(value["url"]).path) if editable else None
    except (ValueError, KeyError, TypeError):
        return None


def _text(file: Path) -> str:
    """Return a file's beginning; nothing where it cannot be read: the survey tells of that."""
    try:
        with file.open(encoding="utf-8", errors="surrogateescape") as opened:
            return opened.read(_LONGEST)
    except OSError:
        return ""
