"""Macs with Apple silicon, and a guest on one."""

from __future__ import annotations

from tests.macs.fleet.model import (
    Hardware,
    Link,
    chip,
    debugger,
    interface,
    thunderbolt_bridge,
    tunnelled,
    usb_dongle,
)
from tests.macs.registry import Node, node, root

_BCM57762, _AQC113, _AQC107, _VIRTIO = (
    (0x14E4, 0x1682),
    (0x1D6A, 0x04C0),
    (0x1D6A, 0x07B1),
    (0x1AF4, 0x1041),
)
_WIFI = Link("en1", "Wi-Fi", "3c:22:fb:00:00:11", active=False)


def _board(model: str, *below: Node) -> Node:
    platform = node("AppleARMPE", "AppleARMPE", node("arm-io@10F00000", "IOPlatformDevice", *below))
    return root(node(model, "IOPlatformExpertDevice", platform))


def _pcie(*below: Node) -> Node:
    bridge = node("IOPP", "IOPCI2PCIBridge", *below)
    port = node("pci-bridge0@0", "IOPCIDevice", bridge)
    return node(
        "apcie@90000000", "AppleARMIODevice", node("AppleT8103PCIe", "AppleT8103PCIe", port)
    )


def _wifi(device: str) -> Node:
    skywalk = node(
        "AppleBCMWLANSkywalkInterface",
        "AppleBCMWLANSkywalkInterface",
        node(
            "IOSkywalkLegacyEthernet",
            "IOSkywalkLegacyEthernet",
            interface(device, built_in=True, kind="IOSkywalkLegacyEthernetInterface"),
        ),
    )
    core = node("AppleBCMWLANCore", "AppleBCMWLANCore", skywalk)
    return _pcie(chip("wlan@0", (0x14E4, 0x4425), core))


def _device_port(device: str) -> Node:
    """The Mac's own USB port, for a computer that is its host."""
    data = node("AppleUSBDeviceNCMData", "AppleUSBDeviceNCMData", interface(device, built_in=False))
    side = node("AppleUSBNCMData@2", "IOUSBDeviceInterface", data)
    return node("usb-drd0-port-hs@00100000", "AppleT8103USBXDCI", side)


def mac_mini_m1(*, debugged: bool = False) -> Hardware:
    """Gigabit Ethernet on Broadcom BCM57762; `debugged`: started with boot-args for a core.

    Whether such a Mac calls its port built in nobody has recorded: this one does not.
    """
    more = [debugger(attached=True)] if debugged else []
    enet = node("BCM5701Enet", "BCM5701Enet", interface("en0", built_in=False), *more)
    return Hardware(
        links=(
            Link("en0", "Ethernet", "a8:20:66:00:11:22", active=True, ipv4="10.0.40.7/24"),
            _WIFI,
            Link("en2", "Thunderbolt 1", "36:44:6d:00:00:01", active=False),
            Link("bridge0", "Thunderbolt Bridge", "36:44:6d:00:00:01", active=False),
            Link("en4", "Ethernet Adapter (en4)", "8a:11:aa:00:00:04", active=False),
        ),
        registry=_board(
            "J274AP",
            _pcie(chip("lan-1gb@0", _BCM57762, enet)),
            _wifi("en1"),
            *thunderbolt_bridge("en2"),
            _device_port("en4"),
        ),
    )


def mac_studio() -> Hardware:
    """10-gigabit Ethernet on AQC113, and a Thunderbolt adapter with AQC107."""
    built_in = node(
        "AppleEthernetAquantiaAqtion113",
        "AppleEthernetAquantiaAqtion113",
        interface("en0", built_in=True),
    )
    added = node(
        "AppleEthernetAquantiaAqtion107",
        "AppleEthernetAquantiaAqtion107",
        interface("en9", built_in=False),
    )
    tunnel = tunnelled(chip("ethernet@0", _AQC107, added, IOPCITunnelled=True))
    return Hardware(
        links=(
            Link("en0", "Ethernet", "bc:d0:74:00:11:22", active=False),
            Link("en9", "Thunderbolt Ethernet Slot 1", "00:30:93:00:11:22", True, "10.0.40.8/24"),
            _WIFI,
        ),
        registry=_board(
            "J375dAP",
            _pcie(chip("lan-10gb@0", _AQC113, built_in)),
            _pcie(tunnel),
            _wifi("en1"),
        ),
    )


def macbook_air_m2() -> Hardware:
    """No Ethernet but a USB dongle, which the settings call `Ethernet`."""
    return Hardware(
        links=(
            Link("en7", "Ethernet", "00:e0:4c:68:00:01", active=True, ipv4="10.0.40.9/24"),
            Link("en0", "Wi-Fi", "3c:22:fb:00:00:12", active=True, ipv4="10.0.41.9/24"),
        ),
        registry=_board(
            "J413AP", node("usb-drd0@82280000", "AppleARMIODevice", usb_dongle("en7")), _wifi("en0")
        ),
    )


def guest() -> Hardware:
    """A virtual machine, as hosted runners are."""
    net = node("AppleVirtIONetwork", "AppleVirtIONetwork", interface("en0", built_in=True))
    return Hardware(
        links=(Link("en0", "Ethernet", "5e:a1:00:00:11:22", active=True, ipv4="192.168.64.3/24"),),
        registry=_board("VMA2MACOSAP", _pcie(chip("ethernet@1", _VIRTIO, net))),
        router="192.168.64.1",
    )
