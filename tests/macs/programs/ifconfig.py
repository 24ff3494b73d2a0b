"""ifconfig: interfaces with addresses. `state["ipv4"]`: by device, `ADDRESS/PREFIX` or none."""

from __future__ import annotations

from ipaddress import IPv4Interface

from tests.macs.fake_mac import FakeMac
from tests.macs.fleet import FLEET
from tests.macs.fleet.model import SOFTWARE, Link

_LO0 = """\
lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> mtu 16384
\toptions=1203<RXCSUM,TXCSUM,TXSTATUS,SW_TIMESTAMP>
\tinet 127.0.0.1 netmask 0xff000000
\tinet6 ::1 prefixlen 128\x20
\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x1\x20
\tnd6 options=201<PERFORMNUD,DAD>"""


def main(mac: FakeMac, arguments: list[str]) -> int:
    state = mac.state
    print(_LO0)
    for name, flags, mtu in SOFTWARE:
        print(f"{name}: flags={flags} mtu {mtu}")
    for link in FLEET[state.get("hardware", "mac-mini-m1")].links:
        _show(link, state.get("ipv4", {}).get(link.device, link.ipv4))
    return 0


def _show(link: Link, address: str | None) -> None:
    print(f"{link.device}: flags=8863<UP,BROADCAST,SMART,RUNNING,SIMPLEX,MULTICAST> mtu 1500")
    print("\toptions=50b<RXCSUM,TXCSUM,VLAN_HWTAGGING,AV,CHANNEL_IO>")
    if link.ether:
        print(f"\tether {link.ether} ")
    if address:
        it = IPv4Interface(address)
        mask = f"0x{int(it.netmask):08x}"
        print("\tinet6 fe80::1c8a:1%en0 prefixlen 64 secured scopeid 0x4 ")
        print(f"\tinet {it.ip} netmask {mask} broadcast {it.network.broadcast_address}")
    print("\tnd6 options=201<PERFORMNUD,DAD>")
    if link.active is not None:
        media = " (1000baseT <full-duplex>)" if link.active else " (<unknown type>)"
        print(f"\tmedia: {link.media}{media}")
        print(f"\tstatus: {'active' if link.active else 'inactive'}")
