"""Which interfaces can send a core, as Apple names them.

From the Kernel Debug Kit's Read Me. Apple silicon: built-in Ethernet. Intel: built-in Ethernet,
Apple's Thunderbolt adapter and display, and other Thunderbolt Ethernet with one of a few chips.
Never Wi-Fi, never USB. Where Apple says nothing, nothing is claimed, unless the running kernel's
debugger is attached to the interface: then it can.

Unproven: that a driver which shows no port for the kernel's debugger, while another on the same
Mac shows one, cannot send. Such a built-in port is called unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.macos.interfaces_kind import Kind, apple_silicon, pci_device
from pipeline.macos.ioreg import Attachment

_BROADCOM, _AQUANTIA, _INTEL = 0x14E4, 0x1D6A, 0x8086
_CHIPS = {
    **{(_BROADCOM, number): "Broadcom C-IV" for number in (0x1682, 0x1686, 0x16B0, 0x16B4)},
    **{
        (_AQUANTIA, number): "Aquantia AQC107"
        for number in (0x0001, 0x07B1, 0x80B1, 0x87B1, 0x88B1, 0x89B1, 0x91B1, 0x92B1, 0xD107)
    },
    **{(_AQUANTIA, number): "Aquantia AQC113" for number in (0x00C0, 0x04C0)},
    (_INTEL, 0x10D3): "Intel 82574L",
}
"""PCI numbers of the chips that Apple names, as Apple's drivers match them."""

_NEVER = {
    Kind.WIFI: "Wi-Fi: no core goes over it",
    Kind.BLUETOOTH: "Bluetooth: no core goes over it",
    Kind.USB: "USB: no core goes over it, whatever the adapter",
    Kind.USB_DEVICE: "this Mac's own USB port, for a computer that it is plugged into",
    Kind.THUNDERBOLT_BRIDGE: "Mac to Mac over Thunderbolt: no Ethernet",
    Kind.T2: "the line to the T2 chip inside this Mac",
    Kind.VIRTUAL: "made by software: the I/O Registry has no port behind it",
}
_ONLY_BUILT_IN = "on Apple silicon Apple names built-in Ethernet only"
NO_REGISTRY = "unknown: the I/O Registry was not told (`ioreg`)"


@dataclass(frozen=True)
class Judgement:
    """Whether a core can go over an interface, and why: one line."""

    can_send: bool | None
    why: str


def judged(kind: Kind, attachment: Attachment | None) -> Judgement:
    """Judge an interface; without an attachment, one that the I/O Registry does not know."""
    if kind in _NEVER:
        return Judgement(False, _NEVER[kind])
    if attachment is None:
        return Judgement(None, NO_REGISTRY)
    if attachment.debugged:
        return Judgement(True, f"{_NAMES[kind]}; the kernel's debugger is attached to it now")
    if kind is Kind.BUILT_IN:
        return _built_in(attachment)
    if kind in (Kind.APPLE_THUNDERBOLT, Kind.THUNDERBOLT, Kind.PCI_CARD):
        return _added(kind, attachment)
    return Judgement(None, f"{_NAMES[kind]}: Apple does not say")


_NAMES = {
    Kind.BUILT_IN: "built-in Ethernet",
    Kind.APPLE_THUNDERBOLT: "Ethernet of Apple's Thunderbolt adapter or display",
    Kind.THUNDERBOLT: "Thunderbolt Ethernet",
    Kind.PCI_CARD: "Ethernet on a PCI card",
    Kind.GUEST: "a virtual machine's network card",
    Kind.UNKNOWN: "unknown hardware",
}


def _built_in(attachment: Attachment) -> Judgement:
    if attachment.debugger is False:
        return Judgement(None, "built-in Ethernet, but its driver shows the debugger no port")
    return Judgement(True, _NAMES[Kind.BUILT_IN])


def _added(kind: Kind, attachment: Attachment) -> Judgement:
    arm = apple_silicon(attachment)
    if arm:
        return Judgement(False, f"{_NAMES[kind]}: {_ONLY_BUILT_IN}")
    if kind is Kind.PCI_CARD:
        return Judgement(None, f"{_NAMES[kind]}: Apple does not say")
    sends = Judgement(True, _NAMES[kind])
    if kind is Kind.THUNDERBOLT:
        sends = _by_chip(attachment)
    if arm is None and sends.can_send:
        return Judgement(None, f"{sends.why}: it can on an Intel Mac; unknown whether this is one")
    return sends


def _by_chip(attachment: Attachment) -> Judgement:
    device = pci_device(attachment)
    vendor = device.number_of("vendor-id") if device else None
    number = device.number_of("device-id") if device else None
    if vendor is None or number is None:
        return Judgement(None, "Thunderbolt Ethernet with a chip that the I/O Registry hides")
    chip = _CHIPS.get((vendor, number))
    if chip:
        return Judgement(True, f"Thunderbolt Ethernet with {chip}")
    shown = f"Thunderbolt Ethernet with chip {vendor:04x}:{number:04x}"
    if vendor in (_BROADCOM, _AQUANTIA):
        return Judgement(None, f"{shown}: unknown whether it is one that Apple names")
    return Judgement(False, f"{shown}: none that Apple names")
