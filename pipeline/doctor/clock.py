"""Whether the clock can be right: ages, alerts and signatures depend on it. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.doctor.wording import fail, ok, unknown, warn, when
from pipeline.machine import Finding

_TOLERANCE = 120.0
"""Seconds by which another clock may differ: files on other machines' volumes, for one."""
_FAR_OFF = 30.0
"""Seconds from a time server's after which certificates and signatures begin to fail."""


def past(now: float, landmarks: Mapping[str, float]) -> Finding:
    """Compare with times that have surely passed, each by what it is the time of."""
    check = "machine.clock"
    ahead = {what: then for what, then in landmarks.items() if then > now + _TOLERANCE}
    if not ahead:
        return ok(check, f"{when(now)}, after all that is on record")
    what, then = max(ahead.items(), key=lambda item: item[1])
    return fail(
        check,
        f"the clock says {when(now)}, and {what} is of {when(then)}",
        "set the clock; if it is right now, it was wrong then, and this passes with the time",
    )


def kept(synchronised: bool | None, remedy: str) -> Iterator[Finding]:
    """Say whether anybody keeps the clock right."""
    check = "machine.time"
    if synchronised is None:
        yield unknown(check, "whether the network keeps the clock right is not known")
    elif synchronised:
        yield ok(check, "the clock is kept by the network")
    else:
        yield warn(check, "nobody keeps the clock right", remedy)


def offset(seconds: float | None, server: str) -> Finding:
    """Say how far the clock is from a time server's."""
    check = "machine.time-server"
    if seconds is None:
        return unknown(check, f"{server} did not tell the time")
    if abs(seconds) > _FAR_OFF:
        what = f"the clock is {abs(seconds):.0f} s {'behind' if seconds > 0 else 'ahead of'}"
        return fail(check, f"{what} {server}", f"sudo sntp -sS {server}")
    return ok(check, f"within {_FAR_OFF:.0f} s of {server}")
