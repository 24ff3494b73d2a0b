"""Every program on the same two cores, in turns, so that a busy moment hits all of them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from bench.observed import Usage, run
from bench.place import Cores, Place
from bench.programs import Program, all_programs, our_programs

_BESIDE = {"gzip": ("gzip -t", "cp"), "raw": ("cp", "zip -6")}


@dataclass(frozen=True)
class Row:
    """The best of all runs of one program on one core."""

    core: str
    name: str
    usage: Usage
    ours: bool
    ratios: Mapping[str, float]
    """Wall time, as a multiple of another program's on the same core."""
    small: Usage | None = None
    """One of our own on the smaller core: what does its memory depend on?"""


def rows(large: Cores, small: Cores, place: Place, repeats: int) -> list[Row]:
    programs = [p for p in all_programs(large, place) if p.missing is None]
    best: dict[tuple[str, str], Usage] = {}
    for _ in range(repeats):
        for key, usage in _each(programs, place):
            best[key] = usage.best(best.get(key, usage))
    of_small = dict(_each(our_programs(small, place), place))
    return [
        Row(p.core, p.name, best[p.key], p.ours, _ratios(p, best), of_small.get(p.key))
        for p in programs
    ]


def missing(cores: Cores, place: Place) -> list[str]:
    """Return the programs to compare with that this system lacks."""
    lacking = (program.missing for program in all_programs(cores, place))
    return sorted({name for name in lacking if name is not None})


def _each(programs: Sequence[Program], place: Place) -> Iterator[tuple[tuple[str, str], Usage]]:
    for program in programs:
        usage, printed = run(program.command)
        if program.times_itself:
            took = json.loads(printed)
            usage = replace(usage, wall=took["wall"], cpu=took["cpu"])
        place.clear_made()
        yield program.key, usage


def _ratios(program: Program, best: Mapping[tuple[str, str], Usage]) -> dict[str, float]:
    others = {other: best.get((program.core, other)) for other in _BESIDE[program.core]}
    own = best[program.key].wall
    return {name: own / other.wall for name, other in others.items() if other is not None}
