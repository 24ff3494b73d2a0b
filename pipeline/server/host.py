"""What else a Mac needs to receive dumps: open ears, a place to put them, and no sleep. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.display import one_line, size
from pipeline.machine import Finding
from pipeline.macos.firewall import SOCKETFILTERFW, Firewall
from pipeline.macos.power import Power
from pipeline.server.wording import fail, ok, unknown, warn

_GIGABYTE = 1 << 30
_FEW = 10
"""Gigabytes below which more than a few cores, or one of a large Mac, find no room."""
_MOST_NAMED = 3
_FIREWALL = "server.firewall"
_POWER = "server.power"
_FILEVAULT = "server.filevault"


def firewall(found: Firewall) -> Finding:
    """Say whether the application firewall lets dumps in."""
    if found.on is None:
        return unknown(_FIREWALL, "whether the firewall lets dumps in is not known")
    if not found.on:
        return ok(_FIREWALL, "the firewall is off")
    if found.blocks_all:
        what = "the firewall blocks all that comes in: no dump arrives"
        return fail(_FIREWALL, what, f"sudo {SOCKETFILTERFW} --setblockall off")
    if found.allows_built_in is False:
        what = "the firewall lets in no built-in software, and kdumpd only if it is listed there"
        return warn(_FIREWALL, what, f"sudo {SOCKETFILTERFW} --setallowsigned on")
    if found.blocks_all is None or found.allows_built_in is None:
        return unknown(_FIREWALL, "the firewall is on; whether it lets dumps in is not known")
    return ok(_FIREWALL, "the firewall is on and lets built-in software in, such as kdumpd")


def space(free: int | None, shown: str) -> Finding:
    """Say for how many cores there is room: kdumpd cuts short what finds none, and is silent."""
    check = "server.space"
    if free is None:
        return unknown(check, f"how much is free for {shown} is not known")
    cores = free // _GIGABYTE
    what = f"{size(free)} free for {shown}"
    remedy = "make room: sudo panicpipe prune --dry-run, or use another volume: sudo panicpipe "
    remedy += "server setup --directory /Volumes/NAME/PanicDumps"
    if cores < 1:
        return fail(check, f"{what}: not enough for a single core", remedy)
    what = f"{what}: about {cores} cores of a gigabyte; large Macs with Apple silicon send more"
    return warn(check, what, remedy) if cores < _FEW else ok(check, what)


def power(found: Power) -> Iterator[Finding]:
    """Say whether this Mac stays awake, and comes back by itself."""
    if found.sleep is None:
        yield unknown(_POWER, "whether this Mac goes to sleep is not known")
    elif found.sleep:
        what = f"this Mac sleeps after {found.sleep} min without work: dumps sent then are lost"
        yield fail(_POWER, what, "sudo pmset -c sleep 0")
    if found.disk_sleep:
        what = f"disks stop after {found.disk_sleep} min without work: a dump may have to wait"
        yield warn(_POWER, what, "sudo pmset -c disksleep 0")
    if found.autorestart is False:
        what = "this Mac stays off after a power failure"
        yield warn(_POWER, what, "sudo pmset -c autorestart 1")
    if found.sleep == 0 and not found.disk_sleep and found.autorestart is not False:
        back = " and starts again after a power failure" if found.autorestart else ""
        yield ok(_POWER, f"this Mac never sleeps on mains power{back}")


def filevault(on: bool | None) -> Finding:
    """Say whether a restart needs somebody: nothing runs, kdumpd neither, before the password."""
    if on is None:
        return unknown(_FILEVAULT, "whether FileVault is on is not known")
    if not on:
        return ok(_FILEVAULT, "FileVault is off: all runs again after a restart")
    return warn(
        _FILEVAULT,
        "FileVault is on: after a restart nothing runs here until somebody unlocks this Mac",
        "restart it with: sudo fdesetup authrestart; or switch it off: sudo fdesetup disable",
    )


def names(fixed: Sequence[bytes]) -> Finding:
    """Say which dumps keep the next one of their name from being stored; kdumpd replaces none."""
    check = "server.names"
    if not fixed:
        return ok(check, "no dump keeps another one out by its name")
    shown = ", ".join(one_line(name, 60) for name in fixed[:_MOST_NAMED])
    more = f" and {len(fixed) - _MOST_NAMED} more" if len(fixed) > _MOST_NAMED else ""
    return warn(
        check,
        f"{shown}{more}: a name that a Mac was given keeps its next dump of that name out",
        "move it away, and take _panicd_corename out of that Mac's boot-args",
    )
