"""networksetup: ports as the settings name them, and how their addresses are given.

`state["manual"]`: the services that have their address by hand; the others have DHCP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.macs.fleet import FLEET

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac
    from tests.macs.fleet.model import Link

_END = "\nVLAN Configurations\n==================="


def main(mac: FakeMac, arguments: list[str]) -> int:
    links = [link for link in FLEET[mac.state.get("hardware", "mac-mini-m1")].links if link.port]
    if arguments == ["-listallhardwareports"]:
        for link in links:
            print(f"\nHardware Port: {link.port}\nDevice: {link.device}")
            print(f"Ethernet Address: {link.ether or 'N/A'}")
        print(_END)
    elif arguments == ["-listnetworkserviceorder"]:
        print("An asterisk (*) denotes that a network service is disabled.")
        for number, link in enumerate(links, 1):
            print(f"({number}) {link.port}\n(Hardware Port: {link.port}, Device: {link.device})\n")
    elif len(arguments) == 2 and arguments[0] == "-getinfo":
        return _info(mac, arguments[1], links)
    else:
        print("** Error: The parameters were not valid.")
        return 4
    return 0


def _info(mac: FakeMac, service: str, links: list[Link]) -> int:
    if service not in [link.port for link in links]:
        print(f"{service} is not a recognized network service.")
        print("** Error: The parameters were not valid.")
        return 4
    manual = service in mac.state.get("manual", [])
    print(f"{'Manual' if manual else 'DHCP'} Configuration\nIP address: 10.0.40.2")
    print("Subnet mask: 255.255.255.0\nRouter: 10.0.40.1")
    if not manual:
        print("Client ID: ")
    print("IPv6: Automatic\nIPv6 IP address: none\nIPv6 Router: none")
    return 0
