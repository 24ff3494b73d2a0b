"""uv: `uv python install` as of 0.8 and later, which downloads a Python into a directory.

`state["uv"]` says how it goes: "made" (the usual), "nothing" or "offline". Any other option than
those that uv has is refused, as uv does.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.installing import fake_python

if TYPE_CHECKING:
    from tests.macs.fake_mac import FakeMac

FLAGS = {"--no-bin", "--no-cache", "--no-config", "--no-progress", "--compile-bytecode"}
_NAME = "cpython-3.13.9-macos-aarch64-none"


def main(mac: FakeMac, arguments: list[str]) -> int:
    if arguments[:2] != ["python", "install"]:
        return _refuse(f"unrecognized subcommand '{' '.join(arguments[:2])}'")
    rest = [argument for argument in arguments[2:] if argument not in FLAGS]
    match rest:
        case ["--install-dir", place, "3.13"]:
            return _install(mac, Path(place))
    return _refuse(f"unexpected argument '{' '.join(rest)}' found")


def _install(mac: FakeMac, place: Path) -> int:
    how = mac.state.get("uv", "made")
    (place / ".lock").touch()
    if how == "offline":
        print("error: Failed to install cpython-3.13.9-macos-aarch64-none", file=sys.stderr)
        print("  Caused by: Request failed after 3 retries", file=sys.stderr)
        return 1
    if how == "made":
        inside = "/" + str(place.relative_to(mac.root))
        fake_python.write(mac.root, f"{inside}/{_NAME}/bin/python3.13")
        (place / "cpython-3.13-macos-aarch64-none").symlink_to(_NAME)
    print("Installed Python 3.13.9 in 1.58s", file=sys.stderr)
    return 0


def _refuse(words: str) -> int:
    print(f"error: {words}", file=sys.stderr)
    return 2
