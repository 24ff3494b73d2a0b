"""Our parsers on what this Mac's own programs say: none of them may come to "unknown"."""

from __future__ import annotations

import platform
import socket
from pathlib import Path

from mac_check.result import Result, Scene, failed, judged, seen
from pipeline.macos import (
    addressing,
    filevault,
    firewall,
    kdumpd,
    listening,
    nvram,
    power,
    system,
    volumes,
)
from pipeline.macos.interfaces import ports


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


def the_system_is_understood(scene: Scene) -> Result:
    """`sw_vers`, `sysctl` and `csrutil`, beside what Python knows."""
    found = system.system(scene.machine)
    known = None not in (found.version, found.build, found.apple_silicon, found.sip)
    arm = platform.machine() == "arm64"  # as Rosetta shows it, an Apple silicon Mac may say x86_64
    return judged(known and (not arm or found.apple_silicon is True), str(found))


def boot_arguments_are_understood(scene: Scene) -> Result:
    """`nvram boot-args`, read only; where there are none, it says so in words of its own."""
    found = nvram.boot_args(scene.machine)
    return judged(found is not None, f"boot-args {found!r}")


def addressing_is_understood(scene: Scene) -> Result:
    """`networksetup`: whether the port of the default route is told its address."""
    wired = [port for port in ports(scene.machine) if port.ipv4 and port.name]
    told = {port.device: addressing.assigned(scene.machine, port.device) for port in wired}
    return seen(f"told by DHCP: {told or 'no port of the settings has an address'}")


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
