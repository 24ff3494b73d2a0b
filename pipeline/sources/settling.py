"""When a transfer is over, as far as that can be told without reading its bytes. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline import Identity


@dataclass(frozen=True, kw_only=True)
class Stillness:
    """What a file is, and since when it has been just that, by a monotonic clock."""

    identity: Identity
    since: float

    def seen(self, identity: Identity, now: float) -> Stillness:
        """Return what is known after another look."""
        return self if identity == self.identity else Stillness(identity=identity, since=now)


@dataclass(frozen=True, kw_only=True)
class Close:
    """What a file was at the instant at which a writer was seen to close it."""

    identity: Identity
    at: float


def why_finished(
    still: Stillness,
    close: Close | None,
    *,
    now: float,
    settle_seconds: float,
    has_writers: Callable[[Close], bool | None],
) -> str | None:
    """Say why the transfer is over, or None while it may go on.

    `has_writers` tells whether another process has the file open for writing after that close
    (None: unknown). It costs something, so it is asked only where its answer decides.
    """
    if close is not None and _nothing_since(close, still) and has_writers(close) is False:
        return "closed by its writer"
    if now - still.since >= settle_seconds:
        return f"unchanged for {settle_seconds:g} s"
    return None


def silence(still: Stillness, close: Close | None, *, now: float) -> float:
    """Return for how long nothing had come when the file was closed, or else until now."""
    end = close.at if close is not None and _nothing_since(close, still) else now
    return max(0.0, end - still.since)


def _nothing_since(close: Close, still: Stillness) -> bool:
    """Tell whether the file is still what it was when it was closed.

    What it was is compared, not when: an event may come late, or before anybody follows the file.
    """
    return close.identity == still.identity
