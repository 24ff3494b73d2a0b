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
        name: Place(shown=watch.place, scan=watch.scan(), free=watch.free())
        for name, watch in watches.items()
    }


def take_stock(
    journal: Journal, chain: Sequence[Built[Stage]], places: Mapping[str, Place], now: float
) -> Stock:
    """Read the journal; changes nothing."""
    time = clock.witness(journal, now)
    return Stock(kept=kept(journal, chain, places, time), places=places, now=now)


def decide(stock: Stock, chain: Sequence[Built[Stage]]) -> list[Decision]:
    """Look at the disks and decide. Needs no journal: for a thread, because disks can be slow."""
    return plan(chain, rounds(stock.kept, stock.places), stock.now)
