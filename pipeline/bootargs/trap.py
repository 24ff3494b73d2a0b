"""What keeps a core from arriving, or from being of use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Trap:
    """One of them, as it was found."""

    code: str
    """A stable name, such as `debug.local-core`."""
    fatal: bool
    """Whether no core can arrive."""
    what: str
    remedy: str
