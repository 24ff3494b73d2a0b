"""The configuration that an installation begins with: every key, commented, at its default."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

from pipeline.errors import ConfigError
from pipeline.installing import material
from pipeline.installing.wishes import Wishes
from pipeline.machine import Changes

_PATH_LINE = re.compile(r'^#path = ".*"$', re.MULTILINE)


def configuration(
    changes: Changes, path: str, group: str, wishes: Wishes, mode: int = 0o644
) -> None:
    """Have a configuration; the one that is there is kept as it is."""
    data = _text(wishes.dumps).encode()
    place = changes.machine.place(path)
    if os.path.lexists(place):
        if wishes.dumps is not None and not _holds(place, data):
            raise ConfigError(
                f"{path}: is there already; write path = {json.dumps(wishes.dumps)} into its "
                "[source.directory] instead of giving --dumps"
            )
        changes.tell(f"keep   {path}")
        return
    changes.file(path, data, "root", group, mode, content="every key, commented, at its default")


def _holds(place: Path, data: bytes) -> bool:
    """Whether it is the one that would be written, as after an installation that came to grief."""
    try:
        return place.read_bytes() == data
    except OSError:
        return False


def _text(dumps: str | None) -> str:
    text = material.text("panicpipe.toml")
    if dumps is None:
        return text
    line = f"path = {json.dumps(dumps, ensure_ascii=False)}"
    return _PATH_LINE.sub(lambda _: line, text, count=1)
