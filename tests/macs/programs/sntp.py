"""sntp: asks a time server; with -s or -S it would set the clock."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    if any(each.startswith("-") for each in arguments):
        raise AssertionError("nobody is to set the clock")
    offset = mac.state.get("time", {}).get("offset", 0.003412)
    if offset is None:
        print("sntp: Exchange failed: Timeout", file=sys.stderr)
        return 1
    print(f"{offset:+f} +/- 0.021337 {arguments[0]} 17.253.54.125")
    return 0
