"""nvram: variables from "nvram" of the state.

"nvram_refuses": "sip", "privilege", "general" or "silently": how writing fails.
"nvram_old": true for one that knows neither -r nor -s.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac

_WORDS = {
    "sip": "(iokit/common) not permitted",
    "privilege": "(iokit/common) privilege violation",
    "general": "(iokit/common) general error",
    "missing": "(iokit/common) data was not found",
}
_CODES = {
    "sip": "0xe00002e2",
    "privilege": "0xe00002c1",
    "general": "0xe00002bc",
    "missing": "0xe00002f0",
}
_USAGE = "nvram [-x] [-p] [-f filename] [-d name] [-c] name[=value] ..."


def main(mac: FakeMac, arguments: list[str]) -> int:
    with mac.changed() as state:
        variables: dict[str, str] = state.setdefault("nvram", {})
        match arguments:
            case ["-r" | "-s" as option, *_] if state.get("nvram_old"):
                print(f"nvram: (usage: no such option as -{option})", file=sys.stderr)
                print(_USAGE)
                return 1
            case ["-s"]:
                return 0
            case ["-p"]:
                for name, value in variables.items():
                    print(f"{name}\t{value}")
                return 0
            case ["-d" | "-r" as option, name]:
                return _delete(state, name, tells=option == "-r")
            case [text] if "=" in text:
                return _set(state, *text.split("=", 1))
            case [name]:
                return _get(variables, name)
    raise AssertionError(arguments)


def _delete(state: dict[str, Any], name: str, *, tells: bool) -> int:
    refuses = state.get("nvram_refuses")
    if not refuses and state["nvram"].pop(name, None) is None:
        refuses = "missing"
    if not refuses or refuses == "silently" or not tells:
        return 0
    words = f"{_WORDS[refuses]} ({_CODES[refuses]})"
    print(f"nvram: Error deleting variable - '{name}': {words}", file=sys.stderr)
    return 1


def _set(state: dict[str, Any], name: str, value: str) -> int:
    refuses = state.get("nvram_refuses")
    if not refuses:
        state["nvram"][name] = value
    if not refuses or refuses == "silently":
        return 0
    print(f"nvram: Error setting variable - '{name}': {_WORDS[refuses]}", file=sys.stderr)
    return 1


def _get(variables: dict[str, str], name: str) -> int:
    if name not in variables:
        print(f"nvram: Error getting variable - '{name}': {_WORDS['missing']}", file=sys.stderr)
        return 1
    print(f"{name}\t{variables[name]}")
    return 0
