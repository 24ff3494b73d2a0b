"""userdel of shadow 4.13: with the user goes the group of the same name."""

from __future__ import annotations

import sys

from tests.linux.fake_linux import FakeLinux


def main(linux: FakeLinux, arguments: list[str]) -> int:
    name, found = arguments[-1], False
    for file in ("/etc/passwd", "/etc/group"):
        place = linux.machine.place(file)
        lines = place.read_text().splitlines(keepends=True)
        kept = [line for line in lines if not line.startswith(f"{name}:")]
        found = found or (file == "/etc/passwd" and kept != lines)
        place.write_text("".join(kept))
    if not found:
        sys.stderr.write(f"userdel: user '{name}' does not exist\n")
        return 6
    return 0
