"""Whether the stages of a chain fit together."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.plugin import Stage
from pipeline.registry.wording import shown


def repeated(names: Sequence[str]) -> Iterator[str]:
    """Say which stages are named more than once."""
    for name in dict.fromkeys(names):
        if names.count(name) > 1:
            yield f"{shown(name)} is there {names.count(name)} times; a stage can run only once"


def unmet_needs(stages: Sequence[tuple[str, type[Stage]]]) -> Iterator[str]:
    """Say which stage needs a kind of artifact that no earlier stage makes."""
    made: set[str] = set()
    for place, (name, cls) in enumerate(stages):
        for kind in sorted(cls.needs - made):
            later = [other for other, made_by in stages[place:] if kind in made_by.makes]
            remedy = (
                f"put {shown(later[0])} before it"
                if later and later[0] != name
                else "put a stage before it that makes one"
            )
            yield f"{shown(name)} needs a {shown(kind)}, which no earlier stage makes; {remedy}"
        made |= cls.makes
