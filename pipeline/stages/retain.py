"""Decides what may be removed: by age, by total size, by free space; never what is still needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from pipeline import Dump, Holding, Removal, Retention, StepResult, Workspace
from pipeline.stages.retention_rule import Rule
from pipeline.stages.retention_shelf import decide


@dataclass(frozen=True, kw_only=True)
class Retain(Retention):
    """Removes heavy files by your rules, and keeps the record. Without rules nothing is removed."""

    background: ClassVar[bool] = True
    reads_dump: ClassVar[bool] = False

    cores: Rule = field(default_factory=Rule)
    """For the files that kdumpd wrote."""
    zips: Rule = field(default_factory=Rule)
    """For what stages made for people, such as zips."""
    spool: Rule = field(default_factory=Rule)
    """For what stages made on its way elsewhere and left behind."""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Report the rules: what they come to is decided about all dumps together."""
        return StepResult(facts={heap: rule.summary for heap, rule in self._rules.items()})

    def decide(
        self, holdings: Sequence[Holding], free: Mapping[str, int | None], now: float
    ) -> Sequence[Removal]:
        """Decide on every heap by its own rule; what is safest to remove comes first."""
        return decide(self._rules, holdings, free, now)

    @property
    def _rules(self) -> Mapping[str, Rule]:
        return {"cores": self.cores, "zips": self.zips, "spool": self.spool}
