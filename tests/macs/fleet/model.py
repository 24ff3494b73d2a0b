"""What a Mac to rehearse on has of network hardware, and the parts that many share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.macs.registry import Node, node

SOFTWARE = (
    ("gif0", "8010<POINTOPOINT,MULTICAST>", 1280),
    ("stf0", "0<>", 1280),
    ("utun0", "8051<UP,POINTOPOINT,RUNNING,MULTICAST>", 1500),
)


@dataclass(frozen=True)
class Link:
    """One interface: its name in the settings (None: not there), its link and address."""

    device: str
    port: str | None = None
    ether: str | None = None
    active: bool | None = None
    ipv4: str | None = None
    media: str = "autoselect"


@dataclass(frozen=True)
class Hardware:
    links: tuple[Link, ...]
    registry: Node
    router: str | None = "10.0.40.1"


def interface(device: str, *, built_in: bool, kind: str = "IOEthernetInterface") -> Node:
    unit = int("".join(filter(str.isdigit, device)))
    return node(
        device,
        kind,
        node("IONetworkStackUserClient", "IONetworkStackUserClient"),
        **{
            "BSD Name": device,
            "IOBuiltin": built_in,
            "IOInterfaceNamePrefix": device.rstrip("0123456789"),
            "IOInterfaceType": 6,
            "IOInterfaceUnit": unit,
            "IOLocation": "",
            "IOMediaAddressLength": 6,
            "IOPrimaryInterface": unit == 0,
        },
    )


def debugger(*, attached: bool) -> Node:
    """What a driver shows that can send for a stopped kernel, once `debug=` is set."""
    client = [node("IOKDP", "IOKDP", IOClass="IOKDP")] if attached else []
    return node("IOKernelDebugger", "IOKernelDebugger", *client, IOPrimaryDebugPort=attached)


def chip(name: str, ids: tuple[int, int], *below: Node, **properties: Any) -> Node:
    """A PCI device; numbers are four bytes, the lowest first."""
    vendor, device = (number.to_bytes(4, "little") for number in ids)
    values = {"vendor-id": vendor, "device-id": device, "class-code": b"\0\0\2\0"}
    return node(name, "IOPCIDevice", *below, **(values | properties))


def tunnelled(*below: Node) -> Node:
    """The bridges that a Thunderbolt device stands behind."""
    inner = node("IOPP", "IOPCI2PCIBridge", *below)
    through = {"IOPCITunnelled": True}
    bridge = node("pci-bridge@0", "IOPCIDevice", inner, **through)
    return node("UPSB@0", "IOPCIDevice", node("IOPP", "IOPCI2PCIBridge", bridge), **through)


def usb_dongle(device: str) -> Node:
    """An adapter with Realtek's RTL8153, driven outside of the kernel."""
    return node(
        "USB 10/100/1000 LAN@01100000",
        "IOUSBHostDevice",
        node(
            "AppleUSBCDCCompositeDevice",
            "AppleUSBCDCCompositeDevice",
            node(
                "AppleUserECM",
                "IOUserNetworkEthernet",
                node(
                    "IOSkywalkLegacyEthernet",
                    "IOSkywalkLegacyEthernet",
                    interface(device, built_in=False, kind="IOSkywalkLegacyEthernetInterface"),
                ),
            ),
        ),
        idVendor=0x0BDA,
        idProduct=0x8153,
    )


def thunderbolt_bridge(*devices: str) -> list[Node]:
    """Ports that carry IP from Mac to Mac."""
    return [
        node(
            "AppleThunderboltHAL",
            "AppleThunderboltHAL",
            node(
                "IOThunderboltLocalNode",
                "IOThunderboltLocalNode",
                node(
                    "AppleThunderboltIPService",
                    "AppleThunderboltIPService",
                    node(
                        "AppleThunderboltIPPort",
                        "AppleThunderboltIPPort",
                        interface(device, built_in=True),
                    ),
                ),
            ),
        )
        for device in devices
    ]
