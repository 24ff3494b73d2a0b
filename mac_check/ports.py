"""Network ports: our parsers on what this Mac's programs say."""

from __future__ import annotations

from mac_check.result import Result, Scene, failed, judged, seen
from pipeline.macos import ifconfig, ioreg, networksetup
from pipeline.macos.interfaces import Kind, default_router, ports
from pipeline.macos.interfaces_kind import kind_of

_LONGEST = 4 << 20  # what is read of a program's answer


def ioreg_is_understood(scene: Scene) -> Result:
    """Every interface of the registry is of a kind that we know."""
    attached = ioreg.attachments(scene.machine)
    if attached is None:
        return failed("the I/O Registry told of no interface that we understand")
    kinds = {name: kind_of(attachment) for name, attachment in attached.items()}
    told = ", ".join(f"{name} {kind}" for name, kind in sorted(kinds.items()))
    strange = [name for name, kind in kinds.items() if kind is Kind.UNKNOWN]
    if strange:
        above = " < ".join(sorted(*(e.classes for e in attached[strange[0]].above[:1])))
        return seen(f"{told}; {strange[0]} hangs on {above}")
    return judged(True, told)


def ioreg_is_short_enough(scene: Scene) -> Result:
    sizes = []
    for question in ("IONetworkInterface", "IOPCIDevice", "IONetworkController"):
        tree = ("-i", "-t") if question == "IONetworkInterface" else ()
        answer = scene.machine.run("/usr/sbin/ioreg", "-a", "-r", "-d", "3", *tree, "-c", question)
        sizes.append((question, len(answer.out.encode())))
    told = ", ".join(f"{name} {size >> 10} KiB" for name, size in sizes)
    return judged(all(size < _LONGEST for _, size in sizes), told)


def debuggers_show(scene: Scene) -> Result:
    """They show only where the kernel was started with `debug=` in its boot-args."""
    attached = ioreg.attachments(scene.machine) or {}
    told = [f"{name} {item.debugger}, in use {item.debugged}" for name, item in attached.items()]
    return seen("; ".join(told) or "no interface")


def settings_are_understood(scene: Scene) -> Result:
    found = networksetup.hardware_ports(scene.machine)
    told = ", ".join(f"{port.device} {port.name!r}" for port in found)
    return judged(bool(found), told or "networksetup named no port")


def addresses_are_understood(scene: Scene) -> Result:
    found = ifconfig.interfaces(scene.machine)
    loopback = [f"{a.ip}/{a.prefix}" for a in found["lo0"].ipv4] if "lo0" in found else []
    active = [name for name, interface in found.items() if interface.active]
    what = f"{len(found)} interfaces, lo0 {loopback}, active: {', '.join(active)}"
    return judged("127.0.0.1/8" in loopback, what)


def the_router_is_understood(scene: Scene) -> Result:
    return seen(f"default router {default_router(scene.machine)}")


def ports_are_judged(scene: Scene) -> Result:
    found = ports(scene.machine)
    told = "; ".join(f"{port.device} {port.can_send}" for port in found if port.name)
    return judged(bool(found), told or "no port is in the network settings")
