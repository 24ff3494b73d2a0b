"""dseditgroup: makes and deletes groups."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac
from tests.macs.programs.dscl import records


def main(mac: FakeMac, arguments: list[str]) -> int:
    name = arguments[-1]
    options = dict(zip(arguments[:-1:2], arguments[1:-1:2], strict=True))
    with mac.changed() as state:
        groups = records(state, "Groups")
        if options.get("-o") == "create":
            if any(str(group["PrimaryGroupID"]) == options["-i"] for group in groups.values()):
                print("Group ID already in use.", file=sys.stderr)
                return 73
            groups[name] = {
                "PrimaryGroupID": int(options["-i"]),
                "RealName": options.get("-r", name),
            }
            return 0
        if options.get("-o") == "delete" and groups.pop(name, None) is not None:
            return 0
    print("Group not found.", file=sys.stderr)
    return 64
