"""Whether the stages of a chain fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.plugin import Stage
from pipeline.redaction import withheld
from pipeline.registry.discovery import Built
from pipeline.registry.nesting import secrets_in
from pipeline.registry.wording import said, shown


def repeated(names: Sequence[str]) -> Iterator[str]:
    """Say which stages are named more than once."""
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{shown(name)} is there {names.count(name)} times; a stage can run only once"


def unmet_needs(stages: Sequence[Built[Stage]]) -> Iterator[str]:
    """Say which stage needs a kind of artifact that no earlier stage makes."""
    made: set[str] = set()
    for place, stage in enumerate(stages):
        name = stage.name
        for kind in sorted(stage.plugin.needs - made):
            later = [each.name for each in stages[place:] if kind in each.plugin.makes]
            remedy = (
                f"put {shown(later[0])} before it"
                if later and later[0] != name
                else "put a stage before it that makes it"
            )
            yield f"{shown(name)} needs {shown(kind)}, which no earlier stage makes; {remedy}"
        made |= stage.plugin.makes


def objections(stages: Sequence[Built[Stage]], others: Sequence[Built[Stage]]) -> Iterator[str]:
    """Say what any configured stage has against this chain, be it in the chain or not."""
    chain = [(stage.name, stage.plugin) for stage in stages]
    for stage in (*stages, *others):
        try:
            objection = stage.plugin.objection(chain)
        except Exception as error:  # a stranger's stage may raise anything
            words = said(error, "the stage")
            objection = f"{shown(stage.name)} cannot judge it: {words}"
        if objection is not None:
            yield withheld(str(objection), secrets_in(type(stage.plugin), stage.config))
