"""systemsetup: whether the network keeps the clock, and which server is asked."""

from __future__ import annotations

from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    time = mac.state.get("time", {})
    if arguments == ["-getusingnetworktime"]:
        print(f"Network Time: {'On' if time.get('network', True) else 'Off'}")
    elif arguments == ["-getnetworktimeserver"]:
        print(f"Network Time Server: {time.get('server', 'time.apple.com')}")
    else:
        print("systemsetup [-get<name> | -set<name> <value>]")
        return 1
    return 0
