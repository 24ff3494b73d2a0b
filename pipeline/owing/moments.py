"""Times as alerts say them: whoever reads one may sit anywhere."""

from __future__ import annotations

import time


def utc(moment: float) -> str | None:
    """Return `2026-11-30 14:00 UTC`; None for a time that no calendar has."""
    try:
        return time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(moment))
    except (OverflowError, ValueError, OSError):
        return None
