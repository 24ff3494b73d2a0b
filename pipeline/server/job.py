"""Whether launchd has kdumpd, and somebody answers on its port. Pure: facts in, findings out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline import kdumpd
from pipeline.machine import Finding
from pipeline.macos.kdumpd import Kdumpd
from pipeline.macos.launchd import Job
from pipeline.macos.listening import Holder
from pipeline.server.wording import NEEDS_ROOT, SET_UP, fail, ok, unknown, warn

_CHECK = "server.kdumpd"
_PORT = "server.port"
_TWO = f"sudo launchctl bootout system/{kdumpd.APPLE}; sudo launchctl disable system/{kdumpd.APPLE}"


def kdumpd_job(found: Kdumpd | None, *, needs_root: bool) -> Iterator[Finding]:
    """Say whether dumps are received now, and after the next restart too.

    `needs_root`: launchd told nothing of it because we are not root.
    """
    if found is None:
        what = "no property list tells kdumpd where to write"
        yield fail(_CHECK, what, f"{SET_UP} --directory /Users/Shared/PanicDumps")
        return
    name = found.label
    if needs_root or found.job.loaded is None:
        why = f": {NEEDS_ROOT}" if needs_root else ""
        yield unknown(_CHECK, f"whether launchd has {name} loaded is not known{why}")
    elif not found.job.loaded:
        off = "disabled and " if found.starts_at_boot is False else ""
        yield fail(_CHECK, f"{name} is {off}not loaded: no Mac can send its dump here", SET_UP)
    elif found.starts_at_boot is False:
        what = f"{name} is loaded, but disabled: it is gone after the next restart"
        yield warn(_CHECK, what, f"sudo launchctl enable system/{name}")
    else:
        yield ok(_CHECK, f"{name} is loaded (launchctl list: {_listed(found.job)})")
    if found.ours and not needs_root and (found.apple.loaded or found.apple.disabled is False):
        what = f"{kdumpd.APPLE} is on as well as {name}: only one of them gets the port"
        yield warn(_CHECK, what, _TWO)


def port(
    holders: Sequence[Holder] | None, bound: bool | None, *, number: int = kdumpd.PORT
) -> Finding:
    """Say who answers there; `bound`: what trying for the port came to, where that was tried."""
    if holders and any(holder.is_launchd for holder in holders):
        return ok(_PORT, f"launchd answers on UDP {number}")
    if holders:
        names = ", ".join(f"{holder.command} (process {holder.pid})" for holder in holders[:3])
        remedy = f"end it, then: {SET_UP}"
        return fail(_PORT, f"UDP {number} is held by {names}, not by launchd", remedy)
    if bound:
        return ok(_PORT, f"somebody answers on UDP {number}")
    if holders is not None or bound is False:
        return fail(_PORT, f"nobody answers on UDP {number}: no Mac can send its dump here", SET_UP)
    return unknown(_PORT, f"whether somebody answers on UDP {number} is not known: {NEEDS_ROOT}")


def _listed(job: Job) -> str:
    """Return the job's line as `launchctl list` shows it: process, last status, label."""
    return f"{job.pid or '-'} {job.last_exit if job.last_exit is not None else '-'} {job.label}"
