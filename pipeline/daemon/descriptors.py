"""How many files the daemon may hold open."""

from __future__ import annotations

import contextlib
import resource

_WANTED = 4096


def allow() -> None:
    """Raise the soft limit: a shell on macOS gives 256."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _WANTED if hard == resource.RLIM_INFINITY else min(_WANTED, hard)
    if soft < wanted:
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
