"""Installs on a Mac to rehearse on, and remembers what was told."""

from __future__ import annotations

import plistlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from pipeline.installing import code
from pipeline.installing.environment import building
from pipeline.installing.mac import install
from pipeline.installing.mac_removal import uninstall
from pipeline.installing.mac_service import LaunchdService, installed_service
from pipeline.installing.wishes import Wishes
from pipeline.machine import Changes
from pipeline.macos.launchd import Job, look
from tests.installing import fake_python
from tests.macs.fake_mac import FakeMac
from tests.macs.waiting import Waiting

LABEL = "org.panicpipe.daemon"
PLIST = f"/Library/LaunchDaemons/{LABEL}.plist"
HOME = "/Library/PanicPipe"
WRAPPER = f"{HOME}/bin/panicpipe"
SITE = "/Library/Application Support/PanicPipe"
CONFIGURATION = f"{SITE}/panicpipe.toml"
STATE = f"{SITE}/State"
LOG = "/Library/Logs/PanicPipe/panicpipe.log"
OUTPUTS = "/Users/Shared/PanicPipe"
FIRST, SECOND = f"{HOME}/environments/1", f"{HOME}/environments/2"
PYTHON = f"{FIRST}/bin/python"
BY_HAND = f"{HOME}/venv"
"""Where an environment was that people made by an older recipe."""

_CHANGING = ("bootstrap", "bootout", "kickstart", "enable", "disable")


def build_quickly(patch: pytest.MonkeyPatch) -> None:
    """Have builds be of one file, and the running Python, which is large, be somebody's."""
    patch.setattr(building, "contents", lambda: {"pipeline/__init__.py": b""})
    patch.setattr(code, "distrusted", lambda machine: ("/work belongs to ann",))


class Installer:
    def __init__(self, mac: FakeMac) -> None:
        self.mac = mac
        self.told: list[str] = []

    def changes(self, *, dry_run: bool = False) -> Changes:
        return Changes(self.mac.machine, self.told.append, dry_run=dry_run)

    def make(self, environment: str) -> str:
        """Have a small environment there that root may run; building one takes its time."""
        if not self.place(environment).exists():
            fake_python.make(self.mac.root, "python3.13", self.place(environment))
        return environment

    def install(self, *, dry_run: bool = False, **wishes: Any) -> list[str]:
        """Install from the first environment of ours; returns what was told this time."""
        if "environment" not in wishes and not wishes.pop("build", False):
            wishes["environment"] = self.make(FIRST)
        return self.install_as_asked(dry_run=dry_run, **wishes)

    def upgrade(self, **wishes: Any) -> list[str]:
        """Install from the second one."""
        return self.install_as_asked(environment=self.make(SECOND), **wishes)

    def install_as_asked(self, *, dry_run: bool = False, **wishes: Any) -> list[str]:
        self.told.clear()
        install(self.changes(dry_run=dry_run), Wishes(**wishes), self.told.append, Waiting)
        return list(self.told)

    def uninstall(self, *, purge: bool = False, dry_run: bool = False) -> list[str]:
        self.told.clear()
        uninstall(self.changes(dry_run=dry_run), self.told.append, purge=purge, waiting=Waiting)
        return list(self.told)

    def service(self) -> LaunchdService:
        return installed_service(self.changes())

    def place(self, path: str) -> Path:
        return self.mac.machine.place(path)

    def text(self, path: str) -> str:
        return self.place(path).read_text()

    def put(self, path: str, text: str, mode: int = 0o644) -> None:
        self.place(path).parent.mkdir(parents=True, exist_ok=True)
        self.place(path).write_text(text)
        self.place(path).chmod(mode)

    def launchd(self, **given: Any) -> None:
        """Have launchd be so."""
        with self.mac.changed() as state:
            state.setdefault("launchd", {}).update(given)

    @property
    def job(self) -> Job:
        return look(self.mac.machine, LABEL)

    @property
    def runs_from(self) -> str:
        """The program of the job that launchd has."""
        program: str = self.mac.state["launchd"]["jobs"][LABEL]["program"][0]
        return program

    @property
    def verbs(self) -> list[str]:
        """What launchctl was told to change."""
        return [call[1] for call in self.of("launchctl") if call[1] in _CHANGING]

    @property
    def asked_of_python(self) -> list[list[str]]:
        return [call for call in self.mac.calls if call[0].endswith("python")]

    def of(self, program: str) -> Sequence[list[str]]:
        return [call for call in self.mac.calls if call[0].endswith(f"/{program}")]

    def owners(self) -> dict[str, tuple[int, int, int]]:
        return {path: entry[:3] for path, entry in self.mac.tree().items()}

    def make_by_hand(self) -> None:
        """Have the service run as people installed it before there was a command for it."""
        fake_python.write(self.mac.root, f"{BY_HAND}/bin/panicpipe")
        value = {
            "Label": LABEL,
            "ProgramArguments": [f"{BY_HAND}/bin/panicpipe", "run"],
            "RunAtLoad": True,
        }
        self.put(PLIST, plistlib.dumps(value).decode())
        self.put(LOG, "2026-11-22T22:37:10Z INFO    watching /PanicDumps\n")
        self.put(f"{STATE}/journal.sqlite3", "what arrived", 0o600)
        self.launchd(
            jobs={LABEL: {"plist": PLIST, "pid": 77, "exit": 0, "sockets": [], "program": ["x"]}}
        )
