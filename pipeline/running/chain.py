"""What remains of a chain, and which part of it one worker takes. Pure: the journal's rows in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from pipeline.journal.rows import StepRow
from pipeline.plugin import Stage
from pipeline.registry.discovery import Built


def remaining(
    chain: Sequence[Built[Stage]], steps: Mapping[str, StepRow]
) -> tuple[Built[Stage], ...]:
    """Return the stages that are still to run, in order."""
    if ended_by(steps) is not None:
        return ()
    done = {name for name, step in steps.items() if step.state == "done"}
    return tuple(stage for stage in chain if stage.name not in done)


def ended_by(steps: Mapping[str, StepRow]) -> str | None:
    """Return why a stage that is done has ended the chain, if one has."""
    return next(
        (step.ends for step in steps.values() if step.state == "done" and step.ends is not None),
        None,
    )


def first_group(stages: Sequence[Built[Stage]]) -> tuple[Built[Stage], ...]:
    """Return the first stages that one worker may run: in one lane, with the same rights.

    Background ones are apart from those before them: whoever waits to be announced goes first.
    """
    group: list[Built[Stage]] = []
    for stage in stages:
        if group and _company(stage.plugin) != _company(group[0].plugin):
            break
        group.append(stage)
    return tuple(group)


def _company(stage: Stage) -> tuple[object, ...]:
    return stage.runs_in, stage.remote, stage.background


def all_background(stages: Sequence[Built[Stage]]) -> bool:
    """Whether nothing but background work remains, and some does."""
    return bool(stages) and all(stage.plugin.background for stage in stages)


def read_dump(stages: Iterable[Built[Stage]]) -> bool:
    """Whether any of them needs the dump's own file."""
    return any(stage.plugin.reads_dump for stage in stages)
