"""Looks at where dumps arrive, and where what is made of them goes: is it there, what is free."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from pipeline.config import Settings
from pipeline.daemon.space import least_free
from pipeline.display import printable
from pipeline.doctor import source, space
from pipeline.doctor.directory_facts import VOLUMES
from pipeline.doctor.scene import Scene
from pipeline.doctor.space import Volume
from pipeline.kdumpd import kdumpd_directory, told
from pipeline.machine import Finding, Machine
from pipeline.machine.looking import Look, looks
from pipeline.plugin import FileStage


def sources(scene: Scene) -> Iterator[Finding]:
    """Tell of each directory that is watched."""
    if scene.settings is None:
        return
    kdumpd = told(scene.machine.root)
    written = None if kdumpd is None else kdumpd.directory
    watched = _watched(scene, scene.settings)
    found = _seen(scene.machine, watched)
    for path in watched:
        same = written is not None and _same(scene.machine, path, written)
        yield source.watched(
            _shown(path),
            found[path],
            written=None if written is None else _shown(path if same else written),
            needs_root=scene.needs_root,
        )


def volumes(scene: Scene) -> Iterator[Finding]:
    """Tell what is free, once for each volume."""
    if scene.settings is None:
        return
    watched = _watched(scene, scene.settings)
    places = (*watched, *_filled(scene.settings))
    found = _seen(scene.machine, places)
    largest = None if scene.standing is None else scene.standing.largest_core
    limit = least_free(scene.settings.warn_below, largest)
    yield from space.findings(_distinct(found, receiving=len(watched)), limit)


def _distinct(found: Mapping[Path, Look], receiving: int) -> Iterator[Volume]:
    seen = set()
    for number, (path, look) in enumerate(found.items()):
        if look.kind != "directory" or look.volume in seen:
            continue
        seen.add(look.volume)
        yield Volume(path=_shown(path), receives=number < receiving, free=look.free)


def _watched(scene: Scene, settings: Settings) -> tuple[Path, ...]:
    """Return what the sources watch, as far as they say it by a key `path`."""
    usual = kdumpd_directory(scene.machine.root)
    named = [source.config.get("path") for source in settings.sources]
    return tuple(dict.fromkeys(Path(each) if each else usual for each in named))


def _filled(settings: Settings) -> tuple[Path, ...]:
    plugins = [stage.plugin for stage in settings.stages]
    made = [each.directory for each in plugins if isinstance(each, FileStage) and each.directory]
    return (settings.state_directory, *(each for each in made if not each.is_relative_to(VOLUMES)))


def _seen(machine: Machine, paths: tuple[Path, ...]) -> dict[Path, Look]:
    places = {path: machine.place(path) for path in paths}
    found = looks(list(places.values()))
    return {path: found[str(place)] for path, place in places.items()}


def _same(machine: Machine, one: Path, other: Path) -> bool:
    return os.path.realpath(machine.place(one)) == os.path.realpath(machine.place(other))


def _shown(path: Path) -> str:
    return printable(os.fsencode(path))
