"""csrutil: System Integrity Protection, from "sip" of the state.

"enabled", "disabled"; custom: "nvram", only boot-args may be changed; "partly", all but those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac

_CUSTOM = """System Integrity Protection status: {status} (Custom Configuration).

Configuration:
\tApple Internal: disabled
\tKext Signing: {other}
\tFilesystem Protections: enabled
\tDebugging Restrictions: {other}
\tDTrace Restrictions: enabled
\tNVRAM Protections: {nvram}
\tBaseSystem Verification: enabled
\tBoot-arg Restrictions: {nvram}
\tKernel Integrity Protections: {other}
\tAuthenticated Root Requirement: enabled

This is an unsupported configuration, likely to break in the future and leave your machine in an \
unknown state."""


def main(mac: FakeMac, arguments: list[str]) -> int:
    assert arguments == ["status"]
    sip = mac.state.get("sip", "enabled")
    if sip == "nvram":
        print(_CUSTOM.format(status="unknown", nvram="disabled", other="enabled"))
    elif sip == "partly":
        print(_CUSTOM.format(status="enabled", nvram="enabled", other="disabled"))
    else:
        print(f"System Integrity Protection status: {sip}.")
    return 0
