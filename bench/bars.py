"""What must hold on a core of a size that tells."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench.daemon import Following
from bench.observed import Usage
from bench.throughput import Row

_TELLING = 256 << 20
"""Below this, start-up is most of what is measured."""
_MOST_MEMORY = 120.0
_FLAT = 8.0
_MOST_GZIP_TESTS = 2.0


@dataclass(frozen=True)
class Bar:
    """One limit and what was measured."""

    name: str
    limit: float
    value: float

    @property
    def met(self) -> bool:
        return self.value <= self.limit


def bars(size: int, rows: Sequence[Row], followings: Sequence[Following]) -> list[Bar]:
    """Return the bars that can be judged at this size, with what is known here."""
    return list(_bars(rows, followings)) if size >= _TELLING else []


def _bars(rows: Sequence[Row], followings: Sequence[Following]) -> Iterator[Bar]:
    ours = [row for row in rows if row.ours]
    memory = [_memory(row.usage) for row in ours] + [_memory(f.daemon) for f in followings]
    yield Bar("most memory of all processes together, MB", _MOST_MEMORY, max(memory))
    growth = [_memory(row.usage) - _memory(row.small) for row in ours if row.small is not None]
    yield Bar("more memory for a core four times the size, MB", _FLAT, max(growth))
    for row in ours:
        if row.name == "process" and "gzip -t" in row.ratios:
            limit, value = _MOST_GZIP_TESTS, row.ratios["gzip -t"]
            yield Bar("inspecting and packaging a gzip core, times gzip -t", limit, value)


def _memory(usage: Usage) -> float:
    return (usage.together or usage.largest or 0) / 1e6
