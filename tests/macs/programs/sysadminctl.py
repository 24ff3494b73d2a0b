"""sysadminctl: makes and deletes users; says on standard error what it does, and ends with 0."""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac
from tests.macs.programs.dscl import records

_FLAGS = ("-roleAccount", "-admin")


def main(mac: FakeMac, arguments: list[str]) -> int:
    given = dict(_pairs(arguments))
    if mac.state.get("sysadminctl") == "refuses":
        print(
            "sysadminctl[321:4321] Operation is not permitted without secure token unlock.",
            file=sys.stderr,
        )
        return 0
    with mac.changed() as state:
        users = records(state, "Users")
        if "-addUser" in given:
            return _add(mac, users, given)
        if users.pop(given.get("-deleteUser", ""), None) is None:
            print(
                f"sysadminctl[321:4321] Unknown user {given.get('-deleteUser')}.", file=sys.stderr
            )
        else:
            _write_passwd(mac, users)
    return 0


def _add(mac: FakeMac, users: dict[str, dict[str, object]], given: dict[str, str]) -> int:
    name, uid = given["-addUser"], int(given.get("-UID", "502"))
    role = "-roleAccount" in given
    if role and not (name.startswith("_") and 450 <= uid < 500):
        print(
            "sysadminctl[321:4321] Role accounts need a name with _ first and a UID in 450-499.",
            file=sys.stderr,
        )
        return 0
    if any(user["UniqueID"] == uid for user in users.values()):
        print(f"sysadminctl[321:4321] UID {uid} is already in use.", file=sys.stderr)
        return 0
    users[name] = {
        "UniqueID": uid,
        "PrimaryGroupID": int(given.get("-GID", "20")),
        "RealName": given.get("-fullName", name),
        "NFSHomeDirectory": given.get("-home", f"/Users/{name}"),
        "UserShell": given.get("-shell", "/bin/zsh"),
    }
    _write_passwd(mac, users)
    print(
        f"sysadminctl[321:4321] Creating user record\nsysadminctl[321:4321] Assigning UID: {uid}",
        file=sys.stderr,
    )
    return 0


def _write_passwd(mac: FakeMac, users: dict[str, dict[str, object]]) -> None:
    """Where the rehearsal looks accounts up. Not a part of the Mac's tree."""
    lines = [
        f"{name}:*:{user['UniqueID']}:{user['PrimaryGroupID']}::/:/\n"
        for name, user in users.items()
    ]
    (mac.root / "etc/passwd").write_text("".join(lines))


def _pairs(arguments: list[str]) -> list[tuple[str, str]]:
    pairs, rest = [], list(arguments)
    while rest:
        key = rest.pop(0)
        pairs.append((key, "" if key in _FLAGS or not rest else rest.pop(0)))
    return pairs
