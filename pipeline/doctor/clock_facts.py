"""Asks who keeps the clock, without setting it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator

from pipeline.doctor.clock import kept, offset, past
from pipeline.doctor.scene import Scene
from pipeline.machine import Finding, Machine
from pipeline.machine.looking import looks

_SYSTEMSETUP = "/usr/sbin/systemsetup"
_SNTP = "/usr/bin/sntp"
_TIMEDATECTL = "/usr/bin/timedatectl"
_APPLE = "time.apple.com"
_HOST = re.compile(r"[A-Za-z0-9][A-Za-z0-9.:-]{0,252}")
_OFFSET = re.compile(r"^([+-]\d{1,12}(?:\.\d{1,12})?) \+/-", re.MULTILINE)


def findings(scene: Scene) -> Iterator[Finding]:
    """Tell what can be told about the clock."""
    yield past(scene.now, _landmarks(scene))
    if scene.machine.mac:
        yield from kept(_of_mac(scene.machine), "sudo systemsetup -setusingnetworktime on")
        if scene.online:
            server = _server(scene.machine)
            yield offset(_asked(scene.machine, server), server)
    else:
        yield from kept(_of_linux(scene.machine), _remedy_on_linux(scene.machine))


def _landmarks(scene: Scene) -> dict[str, float]:
    """Return times that have surely passed, each by what it is the time of."""
    found: dict[str, float] = {}
    if scene.standing is not None and scene.standing.newest_event is not None:
        found["the journal's newest entry"] = scene.standing.newest_event
    files = {
        "the journal": scene.state / "journal.sqlite3" if scene.state else None,
        "the system's own version file": scene.machine.place(
            "/System/Library/CoreServices/SystemVersion.plist"
            if scene.machine.mac
            else "/usr/lib/os-release"
        ),
    }
    seen = looks([path for path in files.values() if path is not None])
    for what, path in files.items():
        look = seen.get(str(path))
        if look is not None and look.modified is not None:
            found[what] = look.modified
    return found


def _of_mac(machine: Machine) -> bool | None:
    """Ask systemsetup, which answers root only: `Network Time: On`."""
    answer = machine.ask(_SYSTEMSETUP, "-getusingnetworktime")
    said = "" if answer is None or answer.status else answer.out.strip()
    return {"Network Time: On": True, "Network Time: Off": False}.get(said)


def _of_linux(machine: Machine) -> bool | None:
    answer = machine.ask(_TIMEDATECTL, "show", "--property=NTPSynchronized", "--value")
    said = "" if answer is None or answer.status else answer.out.strip()
    return {"yes": True, "no": False}.get(said)


def _remedy_on_linux(machine: Machine) -> str:
    """Name the switch, where there is something to switch on."""
    answer = machine.ask(_TIMEDATECTL, "show", "--property=CanNTP", "--value")
    if answer is not None and answer.out.strip() == "no":
        return "install a time service, such as systemd-timesyncd or chrony"
    return "sudo timedatectl set-ntp true"


def _server(machine: Machine) -> str:
    answer = machine.ask(_SYSTEMSETUP, "-getnetworktimeserver")
    said = "" if answer is None or answer.status else answer.out.strip()
    name = said.removeprefix("Network Time Server: ")
    return name if name != said and _HOST.fullmatch(name) else _APPLE


def _asked(machine: Machine, server: str) -> float | None:
    """Ask a time server, setting nothing: `+0.003 +/- 0.021 time.apple.com 17.253.54.125`."""
    answer = machine.ask(_SNTP, server)
    match = None if answer is None or answer.status else _OFFSET.search(answer.out)
    seconds = math.nan if match is None else float(match[1])
    return seconds if math.isfinite(seconds) else None
