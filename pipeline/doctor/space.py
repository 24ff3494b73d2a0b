"""Whether the next dump finds room: kdumpd cuts it short where it does not, and tells nobody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.display import size
from pipeline.doctor.wording import fail, ok, unknown, warn
from pipeline.machine import Finding

_CHECK = "machine.space"
_REMEDY = "sudo panicpipe prune --dry-run"


@dataclass(frozen=True, kw_only=True)
class Volume:
    """What is free on one volume."""

    path: str
    """A directory on it, safe to show: of dumps, where dumps arrive on this volume."""
    receives: bool
    """Whether dumps arrive there."""
    free: int | None


def findings(volumes: Iterable[Volume], limit: int) -> Iterator[Finding]:
    """Compare each with what should be free; 0: nobody wants to be warned.

    Where dumps arrive, too little means that the next one is lost; elsewhere its zip waits.
    """
    for volume in volumes:
        if volume.free is None:
            yield unknown(_CHECK, f"how much is free in {volume.path} is not known")
            continue
        what = f"{size(volume.free)} free in {volume.path}"
        if volume.free >= limit:
            yield ok(_CHECK, what)
            continue
        level = fail if volume.receives else warn
        yield level(_CHECK, f"{what}; it should be {size(limit)} at least", _REMEDY)
