"""What a network interface is made of, by its ancestors in the I/O Registry, never by its name."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum

from pipeline.macos.ioreg import Attachment, Entry


class Kind(StrEnum):
    """What a port is made of."""

    BUILT_IN = "built-in"
    APPLE_THUNDERBOLT = "apple-thunderbolt"
    """Apple's Thunderbolt adapter or display."""
    THUNDERBOLT = "thunderbolt"
    """Ethernet of another maker through Thunderbolt."""
    PCI_CARD = "pci-card"
    USB = "usb"
    USB_DEVICE = "usb-device"
    """This Mac's own USB port, where another computer is the host."""
    THUNDERBOLT_BRIDGE = "thunderbolt-bridge"
    """Mac to Mac over a Thunderbolt cable: IP, but no Ethernet."""
    WIFI = "wifi"
    BLUETOOTH = "bluetooth"
    T2 = "t2"
    """The line to the T2 chip inside this Mac."""
    GUEST = "guest"
    """The network card that a virtual machine gives its guest."""
    VIRTUAL = "virtual"
    """Made by software: no hardware is behind it."""
    UNKNOWN = "unknown"


_APPLE_AT_THUNDERBOLT = 0x0001
_APPLE_AT_PCI = 0x106B
_ON_THE_BOARD = frozenset({"lan-1gb", "lan-10gb"})
_SLOT = "AAPL,slot-name"
_OF_GUESTS = frozenset({0x1AF4, 0x15AD, 0x1AB8})
"""PCI vendors of virtual machines' cards: virtio, VMware, Parallels."""

_BY_BEGINNING = (
    (Kind.WIFI, ("IO80211", "AirPort", "AppleBCMWLAN", "AppleWLAN", "IOUserNetworkWLAN")),
    (Kind.BLUETOOTH, ("IOBluetooth", "AppleBluetooth")),
    (Kind.THUNDERBOLT_BRIDGE, ("IOThunderbolt", "AppleThunderboltIP")),
    (Kind.T2, ("AppleUSBVHCI",)),
    (Kind.USB_DEVICE, ("AppleUSBDeviceNCM", "IOUSBDeviceInterface")),
    (Kind.USB, ("IOUSBHostDevice", "IOUSBHostInterface", "IOUSBDevice", "IOUSBInterface")),
)
"""Most telling first: a Wi-Fi stick is Wi-Fi, and the T2 chip's line passes for USB."""


def kind_of(attachment: Attachment) -> Kind:
    """Return what an interface is made of, `UNKNOWN` where its ancestors do not tell."""
    for kind, beginnings in _BY_BEGINNING:
        if attachment.begins(*beginnings):
            return kind
    device = pci_device(attachment)
    if device is not None:
        return _on_pci(attachment, device)
    return Kind.VIRTUAL if attachment.inherits("IOResources", "IOUserResources") else Kind.UNKNOWN


def pci_device(attachment: Attachment) -> Entry | None:
    """Return the PCI device that the interface hangs on: its chip."""
    return next(_pci_devices(attachment), None)


def apple_silicon(attachment: Attachment) -> bool | None:
    """Return whether the interface hangs on Apple silicon, or on an Intel Mac; None: neither."""
    if attachment.begins("AppleACPI", "IOACPI"):
        return False
    return True if attachment.begins("AppleARM") else None


def _on_pci(attachment: Attachment, device: Entry) -> Kind:
    if any(entry.properties.get("IOPCITunnelled") is True for entry in _pci_devices(attachment)):
        return Kind.APPLE_THUNDERBOLT if _from_apple(device) else Kind.THUNDERBOLT
    if device.number_of("vendor-id") in _OF_GUESTS:
        return Kind.GUEST
    built_in = attachment.entry.properties.get("IOBuiltin")
    if built_in is True or "built-in" in device.properties or _on_the_board(device):
        return Kind.BUILT_IN
    in_a_slot = any(_SLOT in entry.properties for entry in _pci_devices(attachment))
    if built_in is False and (in_a_slot or not apple_silicon(attachment)):
        return Kind.PCI_CARD
    return Kind.UNKNOWN


def _on_the_board(device: Entry) -> bool:
    """Whether Apple silicon's device tree has it, under the names that wake reasons show."""
    return device.properties.get("IORegistryEntryName") in _ON_THE_BOARD


def _from_apple(device: Entry) -> bool:
    return (
        device.number_of("IOPCITunnelRootDeviceVendorID") == _APPLE_AT_THUNDERBOLT
        or device.number_of("subsystem-vendor-id") == _APPLE_AT_PCI
    )


def _pci_devices(attachment: Attachment) -> Iterator[Entry]:
    return (entry for entry in attachment.above if "IOPCIDevice" in entry.classes)
