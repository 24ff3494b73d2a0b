"""Asks the chain's retention stages about all that is kept, and lets none remove what must stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.display import one_line
from pipeline.errors import PanicPipeError
from pipeline.model import Holding, Removal
from pipeline.plugin import Retention, Stage
from pipeline.registry.discovery import Built
from pipeline.retention.holdings import Kept
from pipeline.retention.shelves import Round

_IN_FLIGHT = "kept: it is still being worked on"


class RetentionFailed(PanicPipeError):
    """A retention stage could not decide, so nothing is removed."""


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What is to happen with one file that is kept."""

    kept: Kept
    remove: bool
    reason: str


def retention_stages(chain: Iterable[Built[Stage]]) -> dict[str, Retention]:
    return {each.name: each.plugin for each in chain if isinstance(each.plugin, Retention)}


def plan(chain: Iterable[Built[Stage]], rounds: Iterable[Round], now: float) -> list[Decision]:
    """Decide on everything exactly once: what is removed comes first, in that order.

    RetentionFailed where a stage raises or decides on what it was not asked about.
    """
    stages = retention_stages(chain)
    decided = [decision for each in rounds for decision in _of_round(stages, each, now)]
    return sorted(decided, key=lambda decision: not decision.remove)


def _of_round(stages: Mapping[str, Retention], about: Round, now: float) -> Iterator[Decision]:
    chosen: dict[Holding, Removal] = {}
    for name, stage in stages.items():
        for removal in _asked(name, stage, about, now):
            known = chosen.get(removal.holding)
            if known is None or (removal.remove and not known.remove):
                chosen[removal.holding] = removal
    kept = {each.holding: each for each in about.kept}
    for holding in (*chosen, *(each for each in kept if each not in chosen)):
        yield _decision(kept[holding], chosen.get(holding))


def _asked(name: str, stage: Retention, about: Round, now: float) -> list[Removal]:
    holdings = [each.holding for each in about.kept]
    try:
        answer = list(stage.decide(holdings, about.free, now))
        strange = {removal.holding for removal in answer} - set(holdings)
    except Exception as error:  # a stranger's stage may raise anything
        fault = one_line(f"{type(error).__name__}: {error}", 300)
        raise RetentionFailed(f"{name}: cannot decide, so nothing is removed: {fault}") from error
    if strange:
        raise RetentionFailed(
            f"{name}: decided on what it was not asked about, so nothing is removed"
        )
    return answer


def _decision(kept: Kept, removal: Removal | None) -> Decision:
    if removal is None:
        return Decision(kept=kept, remove=False, reason="kept: no stage says anything of it")
    if removal.remove and kept.holding.in_flight:  # whatever a stage says
        return Decision(kept=kept, remove=False, reason=_IN_FLIGHT)
    return Decision(kept=kept, remove=removal.remove, reason=one_line(removal.reason))
