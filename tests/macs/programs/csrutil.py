"""csrutil: System Integrity Protection, from "sip": "enabled", "disabled" or "nvram" (custom)."""

from __future__ import annotations

from tests.macs.fake_mac import FakeMac

_CUSTOM = """System Integrity Protection status: unknown (Custom Configuration).

Configuration:
\tApple Internal: disabled
\tKext Signing: disabled
\tFilesystem Protections: enabled
\tDebugging Restrictions: disabled
\tDTrace Restrictions: enabled
\tNVRAM Protections: disabled
\tBaseSystem Verification: enabled

This is an unsupported configuration, likely to break in the future."""


def main(mac: FakeMac, arguments: list[str]) -> int:
    sip = mac.state.get("sip", "enabled")
    print(_CUSTOM if sip == "nvram" else f"System Integrity Protection status: {sip}.")
    return 0
