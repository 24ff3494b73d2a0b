"""Which directories the daemon uses, and what they look like."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pipeline.config import Settings
from pipeline.display import printable
from pipeline.doctor import directories
from pipeline.doctor.directories import Expected
from pipeline.doctor.scene import Scene
from pipeline.machine import Finding
from pipeline.machine.looking import looks
from pipeline.paths import LINUX_ACCOUNT
from pipeline.plugin import FileStage

VOLUMES = Path("/Volumes")
"""Where macOS mounts other volumes: only the daemon's own look counts there."""
_LOGS = Path("/Library/Logs/PanicPipe")
_CONFIGURATION = Path("/Library/Application Support/PanicPipe")


def findings(scene: Scene) -> Iterator[Finding]:
    """Look at all of them at once, with a time limit."""
    if scene.settings is None:
        return
    wanted = list(_wanted(scene.settings, mac=scene.machine.mac))
    places = [scene.machine.place(path) for path, _ in wanted]
    seen = looks(places)
    pairs = [
        (expected, seen[str(place)]) for (_, expected), place in zip(wanted, places, strict=True)
    ]
    yield from directories.findings(pairs, _trusted(scene), needs_root=scene.needs_root)


def _trusted(scene: Scene) -> set[int]:
    account = None if scene.machine.mac else scene.machine.uid(LINUX_ACCOUNT)
    return {0, os.geteuid()} | ({account} if account is not None else set())


def _wanted(settings: Settings, *, mac: bool) -> Iterator[tuple[Path, Expected]]:
    system = mac and settings.state_directory.is_relative_to(_CONFIGURATION)
    if system:
        yield _CONFIGURATION, _expected(_CONFIGURATION, "configuration", 0o022, must_exist=True)
    state = settings.state_directory
    yield state, _expected(state, "state", 0o077)
    yield from _of_stages(settings)
    if system:
        yield _LOGS, _expected(_LOGS, "log", 0o022, must_exist=True)


def _of_stages(settings: Settings) -> Iterator[tuple[Path, Expected]]:
    seen = set()
    for stage in settings.stages:
        plugin = stage.plugin
        if not isinstance(plugin, FileStage) or plugin.directory is None:
            continue
        path = plugin.directory
        if path in seen or path.is_relative_to(VOLUMES):
            continue
        seen.add(path)
        role, private = ("spool", 0o077) if plugin.keeps == "spool" else ("outputs", 0o027)
        yield path, _expected(path, role, private)


def _expected(path: Path, role: str, private: int, *, must_exist: bool = False) -> Expected:
    shown = printable(os.fsencode(path))
    return Expected(role=role, path=shown, private=private, must_exist=must_exist)
