"""Decides by its verdict whether a dump goes on through the later stages."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline import Dump, Inspection, Stage, StepResult, Verdict, Workspace

_WHAT_IT_IS = {
    Verdict.EMPTY: "the file is empty",
    Verdict.UNSUPPORTED: "not a kind of dump that panicpipe reads",
    Verdict.NOT_A_DUMP: "not a dump",
}
_LEFT = "it was left where it is"


@dataclass(frozen=True, kw_only=True)
class Verify(Stage):
    """Lets complete dumps pass, and incomplete ones too if allowed; nothing else is a dump."""

    allow_incomplete: bool = True
    """Whether a truncated or damaged dump goes on, labelled as such everywhere."""

    def run(self, dump: Dump, work: Workspace) -> StepResult:
        """Report the verdict; the Inspector has already read every byte."""
        found = dump.inspection
        facts = {"verdict": found.verdict.value, "reason": found.reason}
        return StepResult(facts=facts, ends=self._objection(found))

    def _objection(self, found: Inspection) -> str | None:
        if found.verdict is Verdict.COMPLETE:
            return None
        if found.verdict in _WHAT_IT_IS:
            return f"{_WHAT_IT_IS[found.verdict]} ({found.reason}); {_LEFT}"
        if self.allow_incomplete:
            return None
        return (
            f"{found.verdict.value} ({found.reason}) and stages.verify.allow_incomplete is false; "
            f"{_LEFT}"
        )
