"""One look at all that is kept, and what is done about it: what the daemon and `prune` share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.journal import Journal
from pipeline.plugin import Stage, Watch
from pipeline.registry.discovery import Built
from pipeline.retention import clock
from pipeline.retention.holdings import Kept, Place, kept
from pipeline.retention.plan import Decision, plan
from pipeline.retention.shelves import rounds


@dataclass(frozen=True, kw_only=True)
class Stock:
    """What is kept, as far as the journal and the sources tell."""

    kept: Sequence[Kept]
    places: Mapping[str, Place]
    now: float


def places_of(watches: Mapping[str, Watch]) -> dict[str, Place]:
    return {
        name: Place(shown=watch.place, scan=watch.scan(), volume=watch.volume())
        for name, watch in watches.items()
    }


def take_stock(
    journal: Journal, chain: Sequence[Built[Stage]], places: Mapping[str, Place], now: float
) -> Stock:
    """Read the journal; changes nothing."""
    time = clock.witness(journal, now)
    return Stock(kept=kept(journal, chain, places, time), places=places, now=now)


@dataclass(frozen=True, kw_only=True)
class Proposal:
    """What is to happen with all that is kept."""

    decisions: Sequence[Decision]
    """What is removed comes first, in that order."""
    free: Mapping[str, int | None]
    """Bytes free by heap; where a heap lies on several volumes, on that with the least.

    None where nobody knows of any.
    """

    @property
    def removals(self) -> list[Decision]:
        return [decision for decision in self.decisions if decision.remove]


def decide(stock: Stock, chain: Sequence[Built[Stage]]) -> Proposal:
    """Look at the disks and decide. Needs no journal: for a thread, because disks can be slow.

    RetentionFailed where a stage cannot.
    """
    found = rounds(stock.kept, stock.places)
    free: dict[str, int | None] = {}
    for heap, room in (item for each in found for item in each.free.items()):
        told = (each for each in (free.get(heap), room) if each is not None)
        free[heap] = min(told, default=None)
    return Proposal(decisions=plan(chain, found, stock.now), free=free)
