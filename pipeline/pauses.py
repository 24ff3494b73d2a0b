"""How long something that failed waits before it is tried again."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Pauses:
    """`first` seconds, then twice as long each time, up to `longest`."""

    first: float
    longest: float

    def after(self, attempts: int) -> float:
        """Seconds to wait after this many failed attempts."""
        return min(self.first * 2.0 ** min(max(attempts, 1) - 1, 30), self.longest)

    def remaining(self, next_try: float, now: float) -> float:
        """Seconds until `next_try`; 0 where it is past, or where the clock was set back."""
        wait = next_try - now
        return wait if 0 < wait <= self.longest else 0.0
