"""What a bench of uploads found, as values and as a table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.observed import Usage
from bench.table import aligned, megabytes

OURS, AWS = "panicpipe", "aws s3 cp"


@dataclass(frozen=True, kw_only=True)
class Uploads:
    """Sizes in bytes, times in seconds: of the whole process, from its start to its end."""

    machine: str
    size: int
    part_size: int
    parallel: int
    repeats: int
    best: Mapping[str, Usage]
    missing: str | None
    """Why there is nothing to compare with."""

    @property
    def ratio(self) -> float | None:
        """Our time as a multiple of the other program's."""
        other = self.best.get(AWS)
        return self.best[OURS].wall / other.wall if other else None

    def as_value(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


def lines(uploads: Uploads) -> Iterator[str]:
    parts = f"parts of {uploads.part_size >> 20} MiB, {uploads.parallel} at once"
    yield uploads.machine
    yield f"A file of {uploads.size >> 20} MiB to SeaweedFS on this machine, {parts}"
    yield f"best of {uploads.repeats}; wall, CPU in seconds; memory in MB"
    yield ""
    yield from aligned(_cells(uploads))
    yield ""
    if uploads.missing:
        yield f"left out: {AWS}: {uploads.missing}"
    if uploads.ratio is not None:
        yield f"{OURS} takes {uploads.ratio:.2f} of the time of {AWS}"


def _cells(uploads: Uploads) -> Iterator[Sequence[str]]:
    yield "to", "program", "wall", "CPU", "MB/s", "largest", "together"
    for name, usage in uploads.best.items():
        pace = f"{uploads.size / usage.wall / 1e6:.0f}"
        memory = megabytes(usage.largest), megabytes(usage.together)
        yield "S3", name, f"{usage.wall:.2f}", f"{usage.cpu:.2f}", pace, *memory
