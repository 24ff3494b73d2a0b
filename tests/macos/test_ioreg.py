"""The I/O Registry's answers, joined; what is cut off or odd is told as unknown."""

from __future__ import annotations

import plistlib
from typing import Any

import pytest

from pipeline.macos.interfaces_kind import Kind, apple_silicon, kind_of
from pipeline.macos.interfaces_rules import judged
from pipeline.macos.ioreg import Attachment, Entry, attachments
from tests.macs.fake_mac import FakeMac


def _attachments(mac: FakeMac, hardware: str) -> dict[str, Attachment]:
    with mac.changed() as state:
        state["hardware"] = hardware
    return dict(attachments(mac.machine) or {})


def test_ancestors_come_nearest_first_with_all_their_classes(mac: FakeMac) -> None:
    above = _attachments(mac, "mac-mini-m1")["en0"].above
    assert "IOEthernetController" in above[0].classes
    assert "IOPlatformExpertDevice" in above[-2].classes
    assert "IORegistryEntry" in above[-1].classes


def test_a_pci_device_s_properties_are_joined_to_its_place(mac: FakeMac) -> None:
    chip = _attachments(mac, "mac-mini-m1")["en0"].above[1]
    assert (chip.number_of("vendor-id"), chip.number_of("device-id")) == (0x14E4, 0x1682)


@pytest.mark.parametrize(
    ("hardware", "arm"), [("mac-studio", True), ("imac-pro", False), ("guest", True)]
)
def test_the_processor_shows_in_the_ancestors(mac: FakeMac, hardware: str, arm: bool) -> None:
    assert apple_silicon(_attachments(mac, hardware)["en0"]) is arm


def test_debuggers_show_only_where_the_kernel_was_started_with_debug(mac: FakeMac) -> None:
    assert _attachments(mac, "mac-mini-m1")["en0"].debugger is None
    found = _attachments(mac, "mac-mini-m1-debugged")
    assert (found["en0"].debugger, found["en0"].debugged) == (True, True)
    assert (found["en4"].debugger, found["en4"].debugged) == (False, False)


def test_a_built_in_port_without_a_debugger_beside_one_with_is_unknown(mac: FakeMac) -> None:
    port = _attachments(mac, "mac-mini-m1-debugged")["en0"]
    alone = Attachment(entry=port.entry, above=port.above, debugger=False)
    assert judged(Kind.BUILT_IN, alone).can_send is None


def _through_thunderbolt(vendor: bytes, device: bytes, platform: str) -> Attachment:
    def entry(*classes: str, **properties: Any) -> Entry:
        return Entry(number=None, classes=frozenset(classes), properties=properties)

    ids = {"vendor-id": vendor, "device-id": device, "IOPCITunnelled": True}
    return Attachment(
        entry=entry("IOEthernetInterface", IOBuiltin=False),
        above=(entry("IOEthernetController"), entry("IOPCIDevice", **ids), entry(platform)),
    )


@pytest.mark.parametrize(
    ("vendor", "device", "platform", "can_send"),
    [
        (b"\xe4\x14\0\0", b"\x82\x16\0\0", "AppleACPIPlatformExpert", True),
        (b"\x6a\x1d\0\0", b"\xc0\x04\0\0", "AppleACPIPlatformExpert", True),
        (b"\x6a\x1d\0\0", b"\x99\x99\0\0", "AppleACPIPlatformExpert", None),
        (b"\x86\x80\0\0", b"\xd3\x10\0\0", "AppleACPIPlatformExpert", True),
        (b"\x86\x80\0\0", b"\x33\x15\0\0", "AppleACPIPlatformExpert", False),
        (b"\x86\x80\0\0", b"", "AppleACPIPlatformExpert", None),
        (b"\x86\x80\0\0", b"\xd3\x10\0\0", "AppleARMPE", False),
        (b"\x86\x80\0\0", b"\xd3\x10\0\0", "IOService", None),
    ],
)
def test_thunderbolt_ethernet_goes_by_processor_and_chip(
    vendor: bytes, device: bytes, platform: str, can_send: bool | None
) -> None:
    attachment = _through_thunderbolt(vendor, device, platform)
    assert kind_of(attachment) is Kind.THUNDERBOLT
    assert judged(Kind.THUNDERBOLT, attachment).can_send is can_send


def _on_pci(platform: str, name: str, **more: Any) -> Attachment:
    chip = {"IORegistryEntryName": name, "vendor-id": b"\xe4\x14\0\0", **more}
    return Attachment(
        entry=Entry(number=None, classes=frozenset(), properties={"IOBuiltin": False}),
        above=(
            Entry(number=None, classes=frozenset({"IOPCIDevice"}), properties=chip),
            Entry(number=None, classes=frozenset({platform}), properties={}),
        ),
    )


@pytest.mark.parametrize(
    ("platform", "name", "slot", "kind", "can_send"),
    [
        ("AppleARMPE", "lan-1gb", {}, Kind.BUILT_IN, True),
        ("AppleARMPE", "lan-10gb", {}, Kind.BUILT_IN, True),
        ("AppleARMPE", "ethernet", {}, Kind.UNKNOWN, None),
        ("AppleARMPE", "ethernet", {"AAPL,slot-name": b"Slot-4\0"}, Kind.PCI_CARD, False),
        ("AppleACPIPlatformExpert", "ethernet", {}, Kind.PCI_CARD, None),
    ],
)
def test_what_does_not_call_itself_built_in_is_judged_by_its_place(
    platform: str, name: str, slot: dict[str, bytes], kind: Kind, can_send: bool | None
) -> None:
    attachment = _on_pci(platform, name, **slot)
    assert kind_of(attachment) is kind
    assert judged(kind, attachment).can_send is can_send


@pytest.mark.parametrize(
    "tree",
    [
        {},
        {"IORegistryEntryChildren": {"BSD Name": 7}},
        {"IORegistryEntryChildren": [{"BSD Name": "en0"}]},
        {"BSD Name": "en0; reboot"},
        {"BSD Name": "", "IOObjectInheritance": "IOService"},
        {"IOObjectClass": 5, "IOObjectInheritance": [5, {}], "IORegistryEntryID": "x"},
    ],
)
def test_an_odd_tree_names_no_interface(mac: FakeMac, tree: dict[str, Any]) -> None:
    mac.answer("ioreg", out=plistlib.dumps([tree]).decode())
    assert attachments(mac.machine) is None


def test_a_registry_deeper_than_ioreg_goes_is_left(mac: FakeMac) -> None:
    key, levels = "<key>IORegistryEntryChildren</key>", 500
    inner = "<dict><key>BSD Name</key><string>en0</string></dict>"
    deep = f"<dict>{key}" * levels + inner + "</dict>" * levels
    mac.answer("ioreg", out=f"<plist><array>{deep}</array></plist>")
    assert attachments(mac.machine) is None
