"""Files that are no dumps at all: no stage touches them, and each says so in the same words."""

from __future__ import annotations

from pipeline import Inspection, Verdict

_NO_DUMPS = frozenset({Verdict.EMPTY, Verdict.UNSUPPORTED, Verdict.NOT_A_DUMP})


def why_no_dump(found: Inspection) -> str | None:
    """Return why there is nothing to work on, or None for a dump, complete or not."""
    return left_alone(found.reason) if found.verdict in _NO_DUMPS else None


def left_alone(reason: str) -> str:
    return f"{reason}; the file was left where it is"
