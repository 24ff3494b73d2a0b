"""dseditgroup: makes and deletes groups, tells who is in one; or "does nothing", by the state."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac
from tests.macs.programs.dscl import records


def main(mac: FakeMac, arguments: list[str]) -> int:
    name = arguments[-1]
    options = dict(zip(arguments[:-1:2], arguments[1:-1:2], strict=True))
    if options.get("-o") == "checkmember":
        return _member(mac, options.get("-m", ""), name)
    if mac.state.get("dseditgroup") == "does nothing":
        return 0
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
            _write_group(mac, groups)
            return 0
        if options.get("-o") == "delete" and groups.pop(name, None) is not None:
            _write_group(mac, groups)
            return 0
    print("Group not found.", file=sys.stderr)
    return 64


def _write_group(mac: FakeMac, groups: dict[str, dict[str, object]]) -> None:
    """Where the rehearsal looks groups up. Not a part of the Mac's tree."""
    lines = [f"{name}:*:{group['PrimaryGroupID']}:\n" for name, group in groups.items()]
    (mac.root / "etc/group").write_text("".join(lines))


def _member(mac: FakeMac, user: str, group: str) -> int:
    if user not in records(mac.state, "Users"):
        print(f"Unable to find the user record {user}", file=sys.stderr)
        return 67
    found = user in records(mac.state, "Groups").get(group, {}).get("GroupMembership", [])
    print(f"{'yes' if found else 'no'} {user} is {'' if found else 'NOT '}a member of {group}")
    return 0 if found else 67
