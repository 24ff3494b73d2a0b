"""All that one run of the bench found, as values for a program."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from bench.bars import Bar
from bench.daemon import Following, Idle, StartUp
from bench.throughput import Row


@dataclass(frozen=True, kw_only=True)
class Results:
    """Sizes in bytes, times in seconds."""

    machine: str
    size: int
    small_size: int
    gzip_size: int
    repeats: int
    missing: Sequence[str]
    rows: Sequence[Row]
    start_up: StartUp
    idle: Idle
    followings: Sequence[Following]
    bars: Sequence[Bar]

    def as_value(self) -> dict[str, Any]:
        value = asdict(self)
        for bar, shown in zip(self.bars, value["bars"], strict=True):
            shown["met"] = bar.met
        for following, shown in zip(self.followings, value["followings"], strict=True):
            shown["written_per_second"] = following.written_per_second
            shown["read_per_second"] = following.read_per_second
        return value
