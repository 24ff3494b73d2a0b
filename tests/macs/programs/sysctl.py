"""sysctl: names from "sysctl" of the state; a Mac with Apple silicon where it says nothing."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac

_DEFAULTS = {"hw.optional.arm64": "1", "hw.memsize": "17179869184"}


def main(mac: FakeMac, arguments: list[str]) -> int:
    known = {**_DEFAULTS, **mac.state.get("sysctl", {})}
    name = arguments[-1]
    if known.get(name) is None:
        print(f"sysctl: unknown oid '{name}'", file=sys.stderr)
        return 1
    print(known[name] if "-n" in arguments else f"{name}: {known[name]}")
    return 0
