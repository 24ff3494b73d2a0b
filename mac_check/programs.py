"""Our parsers on what this Mac's own programs say: none of them may come to "unknown"."""

from __future__ import annotations

import socket
from pathlib import Path

from mac_check.result import Result, Scene, failed, judged
from pipeline.macos import filevault, firewall, kdumpd, listening, power, volumes


def power_is_understood(scene: Scene) -> Result:
    """`pmset -g custom`. Portable Macs and guests have no setting for a power failure."""
    found = power.power(scene.machine)
    return judged(found.sleep is not None and found.disk_sleep is not None, str(found))


def the_firewall_is_understood(scene: Scene) -> Result:
    found = firewall.firewall(scene.machine)
    told = (found.blocks_all, found.allows_built_in)
    return judged(found.on is not None and (not found.on or None not in told), str(found))


def filevault_is_understood(scene: Scene) -> Result:
    found = filevault.filevault(scene.machine)
    return judged(found is not None, f"FileVault is on: {found}")


def a_holder_is_named(scene: Scene) -> Result:
    """`lsof` on a port that this process holds, and on one that nobody does."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("0.0.0.0", 0))
        port = ours.getsockname()[1]
        held = listening.holders(scene.machine, port)
    free = listening.holders(scene.machine, port)
    if not held:
        return failed(f"our own port {port} is held by {held}")
    return judged(held[0].address == "*" and free == (), f"held: {held[0]}; afterwards: {free}")


def volumes_are_understood(scene: Scene) -> Result:
    """`mount`, and which volume the usual directories are on."""
    found = volumes.volumes(scene.machine)
    if found is None:
        return failed("mount told of no volume that we understand")
    places = [Path(place) for place in ("/private/var/tmp", "/Users/Shared")]
    told = [(place, volumes.volume_for(place, found)) for place in places]
    what = ", ".join(f"{place} on {v.mounted_on} ({v.kind})" for place, v in told if v)
    return judged(all(v is not None and v.local for _, v in told), what)


def the_dump_server_is_understood(scene: Scene) -> Result:
    """Which job it is, where it writes; launchd tells root alone of its jobs."""
    found = kdumpd.server(scene.machine)
    if found is None:
        return failed("no property list tells kdumpd a directory")
    what = f"{found.label} writes to {found.directory}; loaded: {found.job.loaded}"
    return judged(found.job.loaded is not None or not scene.root, what)
