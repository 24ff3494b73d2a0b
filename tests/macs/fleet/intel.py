"""Macs with Intel processors."""

from __future__ import annotations

from typing import Any

from tests.macs.fleet.model import (
    Hardware,
    Link,
    chip,
    interface,
    thunderbolt_bridge,
    tunnelled,
    usb_dongle,
)
from tests.macs.registry import Node, node, root

_BCM57762, _BCM57766, _AQC107, _INTEL_82574L, _INTEL_I210, _BCM5720 = (
    (0x14E4, 0x1682),
    (0x14E4, 0x1686),
    (0x1D6A, 0x87B1),
    (0x8086, 0x10D3),
    (0x8086, 0x1533),
    (0x14E4, 0x165F),
)
_BUILT_IN = {"built-in": b"\0"}


def _board(model: str, *below: Node) -> Node:
    bus = node("PCI0@0", "IOACPIPlatformDevice", node("AppleACPIPCI", "AppleACPIPCI", *below))
    platform = node("AppleACPIPlatformExpert", "AppleACPIPlatformExpert", bus)
    return root(node(model, "IOPlatformExpertDevice", platform))


def _slot(name: str, *below: Node) -> Node:
    return node(name, "IOPCIDevice", node("IOPP", "IOPCI2PCIBridge", *below))


def _enet(driver: str, device: str, *, built_in: bool) -> Node:
    return node(driver, driver, interface(device, built_in=built_in))


def _wifi(device: str) -> Node:
    air = node(
        "AirPort_BrcmNIC",
        "AirPort_BrcmNIC",
        interface(device, built_in=True, kind="IO80211Interface"),
    )
    return _slot("RP03@1C,2", chip("ARPT@0", (0x14E4, 0x43A0), air, **_BUILT_IN))


def _t2(device: str) -> Node:
    """The line to the T2 chip passes for USB."""
    line = _enet("AppleUSBNCMData", device, built_in=False)
    data = node("NCM Data@1", "IOUSBHostInterface", line)
    chip_ = node("Apple T2 Controller@80100000", "IOUSBHostDevice", data)
    port = node("AppleUSBVHCIPort@80100000", "AppleUSBVHCIPort", chip_)
    bus = node("AppleUSBVHCIBCE@80000000", "AppleUSBVHCIBCE", port)
    copier = node("IOBufferCopyController", "IOBufferCopyController", bus)
    return _slot("RP17@1B", node("IOBC@0,1", "IOPCIDevice", copier))


def _through_thunderbolt(ids: tuple[int, int], enet: Node, **more: Any) -> Node:
    return _slot("PEG1@1,1", tunnelled(chip("ethernet@0", ids, enet, IOPCITunnelled=True, **more)))


def mac_mini_2014() -> Hardware:
    enet = _enet("BCM5701Enet", "en0", built_in=True)
    return Hardware(
        links=(
            Link("en0", "Ethernet", "0c:4d:e9:00:11:22", active=True, ipv4="172.20.40.5/20"),
            Link("en1", "Wi-Fi", "a4:5e:60:00:11:22", active=False),
            Link("en2", "Thunderbolt 1", "32:00:1c:00:00:00", active=False),
            Link("bridge0", "Thunderbolt Bridge", "32:00:1c:00:00:00", active=False),
        ),
        registry=_board(
            "Macmini7,1",
            _slot("RP02@1C,1", chip("GIGE@0", _BCM57766, enet, **_BUILT_IN)),
            _wifi("en1"),
            *thunderbolt_bridge("en2"),
        ),
        router="172.20.47.254",
    )


def imac_pro() -> Hardware:
    """10-gigabit Ethernet on AQC107, and the T2 chip's line."""
    return Hardware(
        links=(
            Link("en0", "Ethernet", "d0:81:7a:00:11:22", active=True, ipv4="10.0.40.12/24"),
            Link("en5", None, "ac:de:48:00:11:22", active=True),
        ),
        registry=_board(
            "iMacPro1,1",
            _slot(
                "BR3A@1C",
                chip(
                    "XGBE@0",
                    _AQC107,
                    _enet("AppleEthernetAquantiaAqtion107", "en0", built_in=True),
                    **_BUILT_IN,
                ),
            ),
            _t2("en5"),
        ),
    )


def mac_pro_2019() -> Hardware:
    """Two built-in ports, and a card in a slot."""
    return Hardware(
        links=(
            Link("en0", "Ethernet 1", "f0:18:98:00:11:22", active=True, ipv4="10.0.40.13/24"),
            Link("en1", "Ethernet 2", "f0:18:98:00:11:23", active=False),
            Link("en8", "Ethernet", "a0:36:9f:00:11:22", active=True, ipv4="10.9.0.13/16"),
        ),
        registry=_board(
            "MacPro7,1",
            *(
                _slot(
                    f"BR{place}",
                    chip(
                        "XGBE@0",
                        _AQC107,
                        _enet("AppleEthernetAquantiaAqtion107", device, built_in=True),
                        **_BUILT_IN,
                    ),
                )
                for place, device in (("1A@1C", "en0"), ("1B@1D", "en1"))
            ),
            _slot(
                "SL04@1E",
                chip(
                    "ethernet@0",
                    _BCM5720,
                    _enet("BCM5701Enet", "en8", built_in=False),
                    **{"AAPL,slot-name": b"Slot-4\0"},
                ),
            ),
        ),
    )


def macbook_pro_2015() -> Hardware:
    """Apple's Thunderbolt adapter."""
    apple = {"subsystem-vendor-id": b"\x6b\x10\0\0", "IOPCITunnelRootDeviceVendorID": 1}
    return Hardware(
        links=(
            Link("en3", "Thunderbolt Ethernet", "40:6c:8f:00:11:22", True, "10.0.40.14/24"),
            Link("en0", "Wi-Fi", "f4:5c:89:00:11:22", active=True, ipv4="10.0.41.14/24"),
        ),
        registry=_board(
            "MacBookPro11,4",
            _through_thunderbolt(_BCM57762, _enet("BCM5701Enet", "en3", built_in=False), **apple),
            _wifi("en0"),
        ),
    )


def macbook_pro_2018() -> Hardware:
    """Three Thunderbolt adapters of others, with named chips and with another; and a dongle."""
    return Hardware(
        links=(
            Link("en6", "Thunderbolt Ethernet Slot 0", "00:23:a4:00:11:22", True, "10.0.40.15/24"),
            Link("en7", "Thunderbolt Ethernet Slot 1", "00:50:b6:00:11:22", active=False),
            Link("en8", "Ethernet", "00:30:93:00:11:23", active=False),
            Link("en9", "USB 10/100/1000 LAN", "00:e0:4c:68:00:02", active=True),
        ),
        registry=_board(
            "MacBookPro15,1",
            _through_thunderbolt(
                _AQC107, _enet("AppleEthernetAquantiaAqtion107", "en6", built_in=False)
            ),
            _through_thunderbolt(_INTEL_I210, _enet("AppleIntelI210", "en7", built_in=False)),
            _through_thunderbolt(_INTEL_82574L, _enet("Intel82574L", "en8", built_in=False)),
            node("XHC1@14", "IOPCIDevice", node("XHC1", "AppleIntelCNLUSBXHCI", usb_dongle("en9"))),
        ),
    )
