"""Installs on a Linux machine to rehearse on, and remembers what was told."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pipeline.installing import code
from pipeline.installing.linux import install
from pipeline.installing.linux_removal import uninstall
from pipeline.installing.wishes import Wishes
from pipeline.machine import Changes
from pipeline.machine.patience import Patience
from tests.installing import fake_python
from tests.linux.fake_linux import FakeLinux
from tests.linux.quick import quick_linux

UNIT = "/etc/systemd/system/panicpipe.service"
DIRECTORIES = f"{UNIT}.d/directories.conf"
CONFIGURATION = "/etc/xdg/panicpipe/panicpipe.toml"
WRAPPER = "/usr/local/bin/panicpipe"
STATE = "/var/lib/panicpipe"


def quick_installer(directory: Path, monkeypatch: pytest.MonkeyPatch) -> Installer:
    """Return one that takes no look at the whole of our own Python, which is tried elsewhere."""
    monkeypatch.setattr(code, "distrusted", lambda _: ["it runs from a checkout"])
    return Installer(quick_linux(directory))


class Installer:
    def __init__(self, linux: FakeLinux) -> None:
        self.linux = linux
        self.told: list[str] = []

    def changes(self, *, dry_run: bool = False) -> Changes:
        return Changes(self.linux.machine, self.told.append, dry_run=dry_run)

    def install(self, *, dry_run: bool = False, **wishes: Any) -> None:
        waiting = partial(Patience, 0.0, 0.0)
        install(self.changes(dry_run=dry_run), Wishes(**wishes), self.told.append, waiting)

    def uninstall(self, *, purge: bool = False, dry_run: bool = False) -> None:
        uninstall(self.changes(dry_run=dry_run), self.told.append, purge=purge)

    def place(self, path: str) -> Path:
        return self.linux.machine.place(path)

    def text(self, path: str) -> str:
        return self.place(path).read_text()

    @property
    def unit(self) -> dict[str, Any]:
        """What systemd knows of the unit."""
        found: dict[str, Any] = self.linux.state.get("units", {}).get("panicpipe.service", {})
        return found

    @property
    def verbs(self) -> list[str]:
        """What systemctl was told to do."""
        calls = [call[1:] for call in self.linux.calls if call[0].endswith("systemctl")]
        return [call[0] for call in calls if call[0] != "show"]

    def asked_of_python(self) -> list[list[str]]:
        return fake_python.calls(self.linux.root)
