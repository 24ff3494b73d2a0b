"""Findings made in few words."""

from __future__ import annotations

from pipeline.machine import Finding, Level

SET_UP = "sudo panicpipe server setup"
NEEDS_ROOT = "needs sudo"


def ok(check: str, what: str) -> Finding:
    return Finding(check=check, level=Level.OK, what=what)


def unknown(check: str, what: str, remedy: str | None = None) -> Finding:
    return Finding(check=check, level=Level.UNKNOWN, what=what, remedy=remedy)


def warn(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level=Level.WARN, what=what, remedy=remedy)


def fail(check: str, what: str, remedy: str) -> Finding:
    return Finding(check=check, level=Level.FAIL, what=what, remedy=remedy)
