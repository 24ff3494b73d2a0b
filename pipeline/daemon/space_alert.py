"""What is told when the dump volume has little room left. Pure: numbers in, text out."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.display import one_line, size
from pipeline.model import Alert, Severity

EVENT = "disk.low"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What dumps took so far; None where none has come."""

    last: int | None = None
    largest: int | None = None
    """Of the complete cores."""


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Too little room in one source."""

    source: str
    place: str
    free: int
    limit: int
    """What there should be at least."""
    sizes: Sizes
    has_rules: bool
    """Whether a retention stage is in the chain."""

    @property
    def line(self) -> str:
        return one_line(f"only {size(self.free)} are free for dumps in {self.place}")


def alert_for(shortage: Shortage) -> Alert:
    sizes = shortage.sizes
    lines = [
        ("Volume", f"of {shortage.place}"),
        ("Free", f"{size(shortage.free)}; it should be {size(shortage.limit)} at least"),
        ("Last dump", sizes.last and size(sizes.last)),
        ("Largest core", sizes.largest and size(sizes.largest)),
        ("Why now", "kdumpd cuts a dump short where the disk is full, and tells nobody"),
        ("Next", _next(shortage)),
    ]
    return Alert(
        event=EVENT,
        severity=Severity.WARNING,
        what=one_line(f"little room for the next dump: {size(shortage.free)} free", 120),
        lines=tuple((label, one_line(text)) for label, text in lines if text),
        facts={
            "source": shortage.source,
            "place": shortage.place,
            "free": shortage.free,
            "limit": shortage.limit,
            "last_dump": sizes.last,
            "largest_core": sizes.largest,
        },
    )


def _next(shortage: Shortage) -> str:
    if shortage.has_rules:
        return "make room on this volume; `panicpipe prune --dry-run` says why each file is kept"
    return (
        "make room on this volume, or have it done: put `retain` into pipeline.stages and give "
        "stages.retain.cores a rule"
    )
