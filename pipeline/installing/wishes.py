"""What whoever installs asks for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """The options of `panicpipe install`, on either platform. Paths are the machine's."""

    extra: Sequence[str] | None = None
    """Further packages (plugins) as pip takes them; None keeps those of the last time, () none."""
    uv: str | None = None
    """The uv that makes a Python where none can be trusted."""
    index_url: str | None = None
    """Where pip looks for packages; None: PyPI, or what the machine's own pip.conf says."""
    environment: str | None = None
    """A virtual environment that is used as it is, where root may run it; None: see `code.py`."""
    dumps: str | None = None
    """The directory to watch, written into a configuration that is made now; None: the default."""
