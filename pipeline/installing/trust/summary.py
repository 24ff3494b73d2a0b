"""Many faults in a few lines."""

from __future__ import annotations

import os
from collections.abc import Iterable

from pipeline.display import one_line, printable
from pipeline.installing.trust.rules import Fault

_MOST = 5
_LONGEST = 400


def summary(faults: Iterable[Fault]) -> tuple[str, ...]:
    """Return one line for each kind of fault, five at most, and one for how many more there are."""
    kinds: dict[str, list[str]] = {}
    for fault in faults:
        kinds.setdefault(fault.what, []).append(fault.path)
    lines = [one_line(_line(what, paths), _LONGEST) for what, paths in kinds.items()]
    if len(lines) > _MOST:
        return (*lines[:_MOST], f"and {len(lines) - _MOST} more such faults")
    return tuple(lines)


def _line(what: str, paths: list[str]) -> str:
    first = f"{_shown(paths[0])} {what}"
    if len(paths) == 1:
        return first
    return f"{first}; {len(paths) - 1} more below {_shown(os.path.commonpath(paths))} as well"


def _shown(path: str) -> str:
    return printable(os.fsencode(path))
