"""What a bench of the archive's stages found, as values and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from bench.observed import Usage
from bench.table import aligned, megabytes


@dataclass(frozen=True, kw_only=True)
class Way:
    """One way to make the archive file of one core, at its best."""

    core: str
    program: str
    setting: str
    usage: Usage
    made: int
    """Bytes of the file."""
    small: Usage | None = None
    """On a core a quarter the size: does memory depend on it?"""

    def best(self, other: Way) -> Way:
        return replace(self, usage=self.usage.best(other.usage))


@dataclass(frozen=True, kw_only=True)
class Compressions:
    """Sizes in bytes, times in seconds."""

    machine: str
    size: int
    repeats: int
    ways: Sequence[Way]
    missing: Sequence[str]
    """Programs to compare with that are not installed."""

    def as_value(self) -> dict[str, Any]:
        return asdict(self)


def lines(found: Compressions) -> Iterator[str]:
    yield found.machine
    yield f"A core of {found.size >> 20} MiB; best of {found.repeats}"
    yield "wall, CPU in seconds; memory in MB: of the process / for a core a quarter the size"
    yield ""
    yield from aligned(_cells(found))
    yield ""
    for name in found.missing:
        yield f"left out, not installed here: {name}"


def _cells(found: Compressions) -> Iterator[Sequence[str]]:
    yield "core", "program", "setting", "wall", "CPU", "MB/s", "made", "ratio", "memory", "small"
    for way in found.ways:
        usage = way.usage
        yield (
            way.core,
            way.program,
            way.setting,
            f"{usage.wall:.2f}",
            f"{usage.cpu:.2f}",
            f"{found.size / usage.wall / 1e6:.0f}",
            f"{way.made / (1 << 20):.1f}",
            f"{found.size / way.made:.2f}",
            megabytes(usage.largest),
            megabytes(way.small.largest) if way.small else "",
        )
