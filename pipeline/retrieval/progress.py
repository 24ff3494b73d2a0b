"""Telling how far the work is."""

from __future__ import annotations

from collections.abc import Callable

Show = Callable[[str, int, int | None], None]
"""Told what is being done, how many bytes of it are done, and of how many."""


def no_show(phase: str, done: int, total: int | None) -> None:
    """Show nothing."""
