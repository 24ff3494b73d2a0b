"""`pmset -g custom`: a section for each source of power; `state["pmset"]` changes what is on mains.

with mac.changed() as state:
    state["pmset"] = {"sleep": 10, "autorestart": None}  # None: this Mac has no such setting
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac

_MAINS: dict[str, Any] = {
    "Sleep On Power Button": 1,
    "autorestart": 1,
    "powernap": 1,
    "standby": 0,
    "ttyskeepawake": 1,
    "hibernatemode": 0,
    "networkoversleep": 0,
    "disksleep": 0,
    "hibernatefile": "/var/vm/sleepimage",
    "sleep": 0,
    "displaysleep": 10,
    "tcpkeepalive": 1,
    "womp": 1,
}
_BATTERY = {"Sleep On Power Button": 1, "disksleep": 10, "sleep": 1, "displaysleep": 2}


def main(mac: FakeMac, arguments: list[str]) -> int:
    if arguments != ["-g", "custom"]:
        print("Error: unknown argument", file=sys.stderr)
        return 1
    if mac.state.get("battery"):
        _section("Battery Power:", _BATTERY)
    _section("AC Power:", {**_MAINS, **mac.state.get("pmset", {})})
    return 0


def _section(title: str, settings: dict[str, Any]) -> None:
    print(title)
    for name, value in settings.items():
        if value is not None:
            print(f" {name:<20} {value}")
