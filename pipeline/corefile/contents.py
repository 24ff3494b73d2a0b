"""What the content of a file turns out to be, and how far it has come.

Each class takes the content's bytes in order (`feed`), or runs of them that were never written
(`hole`), and says when it needs no more (`settled`): then its verdict cannot change.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

from pipeline.model import CoreFacts, Kind


class Content(Protocol):
    """One kind of content."""

    @property
    def settled(self) -> bool: ...
    def feed(self, data: bytes) -> bool:
        """Take the next bytes; True when they may have told something new."""

    def hole(self, length: int) -> bool: ...
    def facts(self, known: CoreFacts, *, final: bool) -> CoreFacts:
        """Add what is known to `known`; `final` takes in what the end cut short."""


@dataclass(frozen=True)
class Foreign:
    """No dump, whatever follows."""

    what: str
    settled: bool = True

    def feed(self, data: bytes) -> bool:
        return False

    def hole(self, length: int) -> bool:
        return False

    def facts(self, known: CoreFacts, *, final: bool) -> CoreFacts:
        return replace(known, kind=Kind.OTHER)


@dataclass(frozen=True)
class Unsupported(Foreign):
    """Something that a kernel may have made, but that is not read here."""

    within: Content | None = None
    """What was read of it before."""

    def facts(self, known: CoreFacts, *, final: bool) -> CoreFacts:
        if self.within:
            return self.within.facts(known, final=final)
        return replace(known, kind=Kind.CORE)
