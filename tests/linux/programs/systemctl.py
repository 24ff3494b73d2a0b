"""systemctl of systemd 252, as far as the service is concerned. Its state: `units`, by name.

`state["refuses"]` holds words: a unit whose file holds them does not start.
"""

from __future__ import annotations

import sys
from typing import Any

from tests.linux.fake_linux import FakeLinux

_FAILED = """\
Job for {unit} failed because the control process exited with error code.
See "systemctl status {unit}" and "journalctl -xeu {unit}" for details.
"""
_FLAGS = ("--quiet", "--now")


def main(linux: FakeLinux, arguments: list[str]) -> int:
    verb, *rest = [each for each in arguments if each not in _FLAGS]
    if verb == "daemon-reload":
        return _reload(linux)
    if verb == "show":
        return _show(linux, rest[0], rest[1].removeprefix("--property=").split(","))
    unit = rest[0]
    loaded = linux.state.get("loaded", {})
    if unit not in loaded:
        if verb == "reset-failed":
            return _say(f"Failed to reset failed state of unit {unit}: Unit {unit} not loaded.", 1)
        if verb in ("enable", "disable"):
            return _say(f"Failed to {verb} unit: Unit file {unit} does not exist.", 1)
        return _say(f"Failed to {verb} {unit}: Unit {unit} not found.", 5)
    with linux.changed() as state:
        found = state.setdefault("units", {}).setdefault(unit, {"active": "inactive"})
        return _act(state, found, verb, unit, now="--now" in arguments)


def _act(state: dict[str, Any], found: dict[str, Any], verb: str, unit: str, *, now: bool) -> int:
    if verb in ("enable", "disable"):
        found["enabled"] = verb == "enable"
    if verb == "disable" and now:
        found["active"] = "inactive"
    if verb == "restart" or (verb == "start" and found["active"] != "active"):
        refuses = state.get("refuses")
        if refuses and refuses in state["loaded"][unit]:
            found["active"] = "failed"
            return _say(_FAILED.format(unit=unit), 1)
        found["active"] = "active"
        found["runs"] = state["loaded"][unit]
        found["starts"] = found.get("starts", 0) + 1
    return 0


def _reload(linux: FakeLinux) -> int:
    """Read the units with the files beside them."""
    place = linux.machine.place("/etc/systemd/system")
    loaded = {}
    for unit in place.glob("*.service"):
        more = sorted(place.glob(f"{unit.name}.d/*.conf"))
        loaded[unit.name] = "".join(file.read_text() for file in (unit, *more))
    with linux.changed() as state:
        state["loaded"] = loaded
    return 0


def _show(linux: FakeLinux, unit: str, properties: list[str]) -> int:
    state = linux.state
    loaded = unit in state.get("loaded", {})
    found = state.get("units", {}).get(unit, {"active": "inactive"})
    active, failed = found["active"], found["active"] == "failed"
    values = {
        "LoadState": "loaded" if loaded else "not-found",
        "ActiveState": active,
        "UnitFileState": ("enabled" if found.get("enabled") else "disabled") if loaded else "",
        "MainPID": "4321" if active == "active" else "0",
        "Result": ("signal" if found.get("killed") else "exit-code") if failed else "success",
        "ExecMainCode": "2" if found.get("killed") else "1",
        "ExecMainStatus": "9" if found.get("killed") else "6" if failed else "0",
    }
    sys.stdout.write("".join(f"{key}={values[key]}\n" for key in properties))
    return 0


def _say(text: str, status: int) -> int:
    sys.stderr.write(text.rstrip("\n") + "\n")
    return status
