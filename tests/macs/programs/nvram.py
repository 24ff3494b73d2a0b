"""nvram: variables from "nvram" of the state.

"nvram_refuses": "sip", "privilege", "general" or "silently": how writing fails.
"""

from __future__ import annotations

import sys

from tests.macs.fake_mac import FakeMac

_WORDS = {
    "sip": "(iokit/common) not permitted",
    "privilege": "(iokit/common) privilege violation",
    "general": "(iokit/common) general error",
}


def main(mac: FakeMac, arguments: list[str]) -> int:
    with mac.changed() as state:
        variables: dict[str, str] = state.setdefault("nvram", {})
        refuses = state.get("nvram_refuses")
        if arguments in (["-s"], ["-p"]):
            for name, value in variables.items() if arguments == ["-p"] else ():
                print(f"{name}\t{value}")
            return 0
        if arguments[:1] == ["-d"]:
            if not refuses:
                variables.pop(arguments[1], None)
            return 0  # it hides what goes wrong
        name, sign, value = arguments[-1].partition("=")
        if sign:
            if refuses == "silently":
                return 0
            if refuses:
                print(
                    f"nvram: Error setting variable - '{name}': {_WORDS[refuses]}", file=sys.stderr
                )
                return 1
            variables[name] = value
            return 0
        if name not in variables:
            print(
                f"nvram: Error getting variable - '{name}': (iokit/common) data was not found",
                file=sys.stderr,
            )
            return 1
        print(f"{name}\t{variables[name]}")
    return 0
