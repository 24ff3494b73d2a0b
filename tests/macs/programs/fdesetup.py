"""`fdesetup status`: `state["filevault"]` are the lines that it prints."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac


def main(mac: FakeMac, arguments: list[str]) -> int:
    if arguments != ["status"]:
        print("Error: Unknown or incomplete command.", file=sys.stderr)
        return 22
    print("\n".join(mac.state.get("filevault", ["FileVault is Off."])))
    return 0
