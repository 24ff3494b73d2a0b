"""networksetup: ports as the settings name them."""

from __future__ import annotations

from tests.macs.fake_mac import FakeMac
from tests.macs.fleet import FLEET

_END = "\nVLAN Configurations\n==================="


def main(mac: FakeMac, arguments: list[str]) -> int:
    if arguments != ["-listallhardwareports"]:
        print("** Error: The parameters were not valid.")
        return 4
    for link in FLEET[mac.state.get("hardware", "mac-mini-m1")].links:
        if link.port:
            print(f"\nHardware Port: {link.port}\nDevice: {link.device}")
            print(f"Ethernet Address: {link.ether or 'N/A'}")
    print(_END)
    return 0
