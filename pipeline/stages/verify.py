"""Decides by its verdict whether a dump goes on through the later stages."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import Dump, Inspection, Stage, StepResult, Verdict, Workspace
from pipeline.stages.left_alone import left_alone, why_no_dump

_HELD_BACK = "incomplete, and stages.verify.allow_incomplete is false"


@dataclass(frozen=True, kw_only=True)
class Verify(Stage):
    """Lets complete dumps pass, and incomplete ones too if allowed; nothing else is a dump."""

    allow_incomplete: bool = True
    """Whether a truncated or damaged dump goes on, labelled as such everywhere."""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Report the verdict; the Inspector has already read every byte."""
        found = dump.inspection
        facts = {"verdict": found.verdict.value, "reason": found.reason}
        return StepResult(facts=facts, ends=why_no_dump(found) or self._objection(found))

    def _objection(self, found: Inspection) -> str | None:
        if found.verdict is Verdict.COMPLETE or self.allow_incomplete:
            return None
        return left_alone(f"{_HELD_BACK}: {found.reason}")
