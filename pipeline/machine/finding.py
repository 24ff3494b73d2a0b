"""What a look at one thing on the machine came to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum


class Level(IntEnum):
    """How much it matters; the higher, the worse."""

    OK = 0
    UNKNOWN = 1
    """Nobody here can tell: without root, or where the system gives no answer."""
    WARN = 2
    """It works now; something can go wrong, or is not as it should be."""
    FAIL = 3
    """Dumps, or news of them, get lost."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of `doctor`."""

    check: str
    """A stable name for programs, such as `server.directory`."""
    level: Level
    what: str
    """One line, with the values that were found."""
    remedy: str | None = None
    """The command that mends it, or one sentence where no command can."""
