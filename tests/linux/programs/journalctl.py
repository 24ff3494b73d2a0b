"""journalctl: the lines in the state's `journal`."""

from __future__ import annotations

import sys

from tests.linux.fake_linux import FakeLinux


def main(linux: FakeLinux, arguments: list[str]) -> int:
    most = int(arguments[arguments.index("--lines") + 1])
    lines = linux.state.get("journal", [])[-most:] if most else []
    sys.stdout.write("".join(f"{line}\n" for line in lines))
    return 0
