"""Builds environments in a scratch root, and remembers what it told."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pipeline.installing.environment import Environment, build, newest
from pipeline.machine import Changes, Machine
from tests.installing import fake_python
from tests.macs.fake_mac import FakeMac


class Builder:
    def __init__(self, machine: Machine, home: str) -> None:
        self.machine = machine
        self.root = machine.root
        self.home = home
        self.told: list[str] = []
        self.place(home).mkdir(parents=True)

    @classmethod
    def mac(cls, mac: FakeMac) -> Builder:
        return cls(mac.machine, "/Library/PanicPipe")

    @classmethod
    def linux(cls, root: Path) -> Builder:
        """Make a scratch root with a Python that pretends, as the system's."""
        root.chmod(0o755)
        fake_python.write(root, "/usr/bin/python3.13")
        (root / "etc").mkdir()
        (root / "etc/passwd").write_text("root:x:0:0:root:/root:/bin/sh\n")
        (root / "etc/group").write_text("root:x:0:\n")
        return cls(Machine(root, "linux"), "/opt/panicpipe")

    def changes(self, *, dry_run: bool = False) -> Changes:
        return Changes(self.machine, self.told.append, dry_run=dry_run)

    def build(self, **options: Any) -> Environment:
        return build(self.changes(), self.home, **options)

    def newest(self) -> Environment:
        found = newest(self.machine, self.home)
        assert found
        return found

    def place(self, path: str) -> Path:
        return self.machine.place(path)

    def environments(self) -> list[str]:
        place = self.place(f"{self.home}/environments")
        return sorted(os.listdir(place)) if place.exists() else []

    def calls_of(self, word: str) -> list[list[str]]:
        return [call for call in fake_python.calls(self.root) if word in call]

    def tree(self) -> dict[Path, tuple[int, int, bytes]]:
        """All below the root but what the pretending programs keep for themselves."""
        return {
            place: (place.lstat().st_uid, place.lstat().st_mode, _content(place))
            for place in self.root.rglob("*")
            if place.name not in (".calls.jsonl", ".mac")
        }


def _content(place: Path) -> bytes:
    if place.is_symlink():
        return os.fsencode(place.readlink())
    return place.read_bytes() if place.is_file() else b""
