"""Findings made in few words."""

from __future__ import annotations

import time

from pipeline.machine import Finding, Level

NEEDS_ROOT = "needs sudo"


def ok(check: str, what: str) -> Finding:
    return Finding(check=check, level=Level.OK, what=what)


def unknown(check: str, what: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, level=Level.UNKNOWN, what=what, remedy=remedy)


def warn(check: str, what: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, level=Level.WARN, what=what, remedy=remedy)


def fail(check: str, what: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, level=Level.FAIL, what=what, remedy=remedy)


def counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def when(moment: float) -> str:
    """Return a time as people here read it."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(moment))
    except (OverflowError, ValueError, OSError):
        return "an impossible time"
