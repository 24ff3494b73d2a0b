"""What is told of the room on the dump volume. Pure: numbers in, text out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.display import one_line, size, utc
from pipeline.model import Alert, Severity

EVENT = "disk.low"
_OVER = "disk.ample"


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """What dumps took so far; None where none has come."""

    last: int | None = None
    largest: int | None = None
    """Of the complete cores."""


@dataclass(frozen=True, kw_only=True)
class Room:
    """What is free in one source."""

    source: str
    place: str
    free: int
    limit: int
    """What there should be at least."""
    sizes: Sizes
    has_rules: bool
    """Whether a retention stage is in the chain."""

    @property
    def topic(self) -> str:
        return f"disk:{self.source}"


def shortage(room: Room, now: float, since: float) -> Alert:
    """Tell that there is too little, and again while that lasts."""
    sizes = room.sizes
    lines = [
        ("Volume", f"of {room.place}"),
        ("Free", f"{size(room.free)}; it should be {size(room.limit)} at least"),
        ("Since", utc(since) if since < now else None),
        ("Last dump", sizes.last and size(sizes.last)),
        ("Largest core", sizes.largest and size(sizes.largest)),
        ("Why now", "kdumpd cuts a dump short where the disk is full, and tells nobody"),
        ("Next", _next(room)),
    ]
    return Alert(
        event=EVENT,
        severity=Severity.WARNING,
        what=f"little room for the next dump: {size(room.free)} free",
        lines=tuple((label, one_line(text)) for label, text in lines if text),
        facts=_facts(room, since),
        signature=room.topic,  # each dump that comes or goes may change it
        topic=room.topic,
        supersedes=(room.topic,),
    )


def relief(room: Room, now: float, since: float) -> Alert:
    """Tell that there is enough again."""
    lines = [
        ("Volume", f"of {room.place}"),
        ("Free", f"{size(room.free)}; it should be {size(room.limit)} at least"),
        ("Was short", f"since {utc(since)}" if since < now and utc(since) else None),
    ]
    return Alert(
        event=_OVER,
        severity=Severity.NOTICE,
        what=f"room for the next dump again: {size(room.free)} free",
        lines=tuple((label, one_line(text)) for label, text in lines if text),
        facts=_facts(room, since),
        signature=room.topic,  # each dump that comes or goes may change it
        topic=room.topic,
        supersedes=(room.topic,),
    )


def _facts(room: Room, since: float) -> Mapping[str, Any]:
    return {
        "source": room.source,
        "place": room.place,
        "free": room.free,
        "limit": room.limit,
        "since": since,
        "last_dump": room.sizes.last,
        "largest_core": room.sizes.largest,
    }


def _next(room: Room) -> str:
    if room.has_rules:
        return "make room on this volume; `panicpipe prune --dry-run` says why each file is kept"
    return (
        "make room on this volume, or have it done: put `retain` into pipeline.stages and give "
        "stages.retain.cores a rule"
    )
