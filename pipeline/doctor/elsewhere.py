"""What lies on other volumes and other machines. Pure, but for what probes answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.daemon.destinations import Destination
from pipeline.display import duration, one_line
from pipeline.doctor.wording import counted, fail, ok, unknown, when
from pipeline.journal.rows import RouteRow
from pipeline.machine import Finding
from pipeline.plugin import Probe

_VOLUMES = "elsewhere.volumes"
_ROUTES = "elsewhere.routes"
_STALE = 1800.0
"""Seconds after which the daemon's look, which it repeats every ten minutes, is too old."""
_LONGEST = 300


def volumes(
    directories: Sequence[str], looked: Sequence[Destination], now: float, interpreter: str | None
) -> Iterator[Finding]:
    """Say what the daemon found at its directories on other volumes when it looked last.

    `interpreter` is the program that Full Disk Access has to be given to.
    """
    known = {each.path: each for each in looked}
    for path in directories:
        found = known.get(path)
        if found is None:
            yield unknown(_VOLUMES, f"{path}: the daemon has not looked at it yet")
        elif not 0 <= now - found.looked < _STALE:
            age = f"the daemon looked last {when(found.looked)}"
            yield unknown(_VOLUMES, f"{path}: {age}: {found.fault or 'usable'}")
        elif found.fault is None:
            yield ok(_VOLUMES, f"{path}: usable, seen by the daemon {_ago(now - found.looked)}")
        else:
            yield fail(_VOLUMES, f"{path}: {found.fault}", _remedy(found.fault, interpreter))


def _ago(seconds: float) -> str:
    return f"{duration(seconds)} ago"


def _remedy(fault: str, interpreter: str | None) -> str:
    if fault.startswith("Operation not permitted"):
        program = interpreter or "the Python that the daemon runs"
        return (
            "System Settings > Privacy & Security > Full Disk Access: add "
            f"{program}, then: sudo panicpipe service restart"
        )
    if "mounted" in fault:
        return "connect and mount the volume; the daemon goes on by itself"
    return "look at the volume; the daemon goes on by itself once it can be used"


def tried(stage: str, probes: Sequence[Probe]) -> Iterator[Finding]:
    """Say what a stage could do on other machines, and what not."""
    check = "elsewhere.archive"
    faults = [probe for probe in probes if probe.fault is not None]
    for probe in faults:
        what = f"{stage}: {probe.what}: {probe.fault}"
        yield fail(check, one_line(what, _LONGEST), "sudo panicpipe config check --online")
    if probes and not faults:
        yield ok(check, one_line(f"{stage}: {counted(len(probes), 'probe')} worked", _LONGEST))


def routes(rows: Sequence[RouteRow]) -> Iterator[Finding]:
    """Say when each route was last seen to work: nothing is sent to find out."""
    never = [one_line(row.name, 60) for row in rows if row.last_sent is None]
    sent = [row.last_sent for row in rows if row.last_sent is not None]
    for name in never:
        remedy = f"sudo panicpipe alert test '{name}'"
        yield unknown(
            _ROUTES, f"{name}: no alert has gone there yet; only a message can tell", remedy
        )
    if sent and not never:
        yield ok(_ROUTES, f"alerts got through, last {when(max(sent))}; `alert test` sends some")
