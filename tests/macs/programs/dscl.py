"""dscl: users and groups of the local directory, from "users" and "groups" of the state."""

from __future__ import annotations

import sys
from typing import Any

from tests.macs.fake_mac import FakeMac

USERS: dict[str, dict[str, Any]] = {
    "_ftp": {"UniqueID": 98, "PrimaryGroupID": 98, "UserShell": "/usr/bin/false"},
    "ann": {"UniqueID": 501, "PrimaryGroupID": 20, "UserShell": "/bin/zsh"},
    "nobody": {"UniqueID": -2, "PrimaryGroupID": -2, "UserShell": "/usr/bin/false"},
    "root": {"UniqueID": 0, "PrimaryGroupID": 0, "UserShell": "/bin/sh"},
}
GROUPS: dict[str, dict[str, Any]] = {
    "admin": {"PrimaryGroupID": 80},
    "staff": {"PrimaryGroupID": 20},
    "wheel": {"PrimaryGroupID": 0},
}


def records(state: dict[str, Any], folder: str) -> dict[str, dict[str, Any]]:
    of: dict[str, dict[str, Any]] = state.setdefault(
        folder.lower(), dict(USERS if folder == "Users" else GROUPS)
    )
    return of


def main(mac: FakeMac, arguments: list[str]) -> int:
    if len(arguments) < 3 or arguments[0] not in (".", "/Local/Default"):
        print("dscl (v20.4)\nusage: dscl [options] [<datasource> [<command>]]", file=sys.stderr)
        return 64
    verb, path, keys = arguments[1], arguments[2].split("/")[1:], arguments[3:]
    known = records(mac.state, path[0])
    if verb == "-list":
        for name, record in known.items():
            print(f"{name:<24}{record[keys[0]]}" if keys else name)
        return 0
    if verb == "-read" and path[-1] in known:
        for key, value in {"RecordName": path[-1], **known[path[-1]]}.items():
            if not keys or key in keys:
                print(f"{key}:\n {value}" if " " in str(value) else f"{key}: {value}")
        return 0
    if verb == "-read":
        print("<dscl_cmd> DS Error: -14136 (eDSRecordNotFound)", file=sys.stderr)
        return 56
    return 64
