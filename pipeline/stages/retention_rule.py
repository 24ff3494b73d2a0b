"""One rule of retention, as the configuration says it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from pipeline.sizes import parse_size

Word = Literal["incomplete", "parked", "unpackaged", "unarchived"]
"""What is never removed, unless a rule says so in this word."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """When files of one heap are removed. Without any limit: never."""

    max_age_days: float | None = None
    """Those that have been complete for longer go."""
    max_total_size: int | str | None = None
    """Where they come to more in all, the oldest go."""
    keep_free: int | str | None = None
    """Where less than this is free on their volume, the oldest go."""
    even: tuple[Word, ...] = ()
    """What these limits hold for as well, though it is kept otherwise."""

    def __post_init__(self) -> None:
        age = self.max_age_days
        if age is not None and not (math.isfinite(age) and age >= 0):
            raise ValueError(f"max_age_days must be a number of days, 0 or more, not {age}")
        for name in ("max_total_size", "keep_free"):
            value = getattr(self, name)
            if value is not None:
                try:
                    parse_size(value)
                except ValueError as error:
                    raise ValueError(f"{name} {value!r} is not allowed: {error}") from None

    @property
    def most_bytes(self) -> int | None:
        return None if self.max_total_size is None else parse_size(self.max_total_size)

    @property
    def least_free(self) -> int | None:
        return None if self.keep_free is None else parse_size(self.keep_free)

    @property
    def limits(self) -> tuple[str, ...]:
        """What it says, as people read it."""
        told = (
            (self.max_age_days, f"older than {days(self.max_age_days or 0)}"),
            (self.max_total_size, f"over {self.max_total_size} in all"),
            (self.keep_free, f"less than {self.keep_free} free"),
        )
        return tuple(text for limit, text in told if limit is not None)

    @property
    def summary(self) -> str:
        """The whole rule in one line."""
        if not self.limits:
            return "kept: no rule"
        also = f"; even {', '.join(self.even)}" if self.even else ""
        return f"removed: {', or '.join(self.limits)}{also}"


def days(count: float) -> str:
    """Return a number of days as people say it; more than there are, never fewer."""
    if count >= 10 or count == int(count):
        whole = math.floor(count)
        return f"{whole} day{'' if whole == 1 else 's'}"
    return f"{math.floor(count * 10) / 10:g} days"
