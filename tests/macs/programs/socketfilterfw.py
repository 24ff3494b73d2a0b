"""socketfilterfw: the application firewall's settings, in the words of several macOS.

State, below "firewall": `state` (0, 1, 2), `block_all`, `built_in`, `style` ("12" for older words).
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    settings = {"state": 0, "block_all": False, "built_in": True, "style": "15"}
    settings |= mac.state.get("firewall", {})
    old = settings["style"] == "12"
    if arguments == ["--getglobalstate"]:
        word = "enabled" if settings["state"] else "disabled"
        print(f"Firewall is {word}. (State = {settings['state']}){' ' if old else ''}")
    elif arguments == ["--getblockall"] and old:
        blocks = "Firewall is set to block all non-essential incoming connections"
        print(blocks if settings["block_all"] else "Block all DISABLED! ")
    elif arguments == ["--getblockall"]:
        word = "enabled" if settings["block_all"] else "disabled"
        print(f"Firewall has block all state set to {word}.")
    elif arguments == ["--getallowsigned"]:
        word, end = ("ENABLED" if settings["built_in"] else "DISABLED"), " " if old else "."
        print(f"Automatically allow built-in signed software {word}{end}")
        print(f"Automatically allow downloaded signed software ENABLED{end}")
    else:
        print("Error: invalid argument", file=sys.stderr)
        return 255
    return 0
