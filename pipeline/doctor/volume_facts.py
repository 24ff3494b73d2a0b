"""Looks at where dumps arrive, and where what is made of them goes: is it there, what is free."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from pipeline.daemon.destinations import directories_of, watched_of
from pipeline.daemon.space import least_free
from pipeline.display import printable
from pipeline.doctor import source, space
from pipeline.doctor.directory_facts import VOLUMES
from pipeline.doctor.scene import Scene
from pipeline.doctor.space import Volume
from pipeline.kdumpd import told
from pipeline.machine import Finding, Machine
from pipeline.machine.looking import Look, looks


def sources(scene: Scene) -> Iterator[Finding]:
    """Tell of each directory that is watched."""
    if scene.settings is None:
        return
    kdumpd = told(scene.machine.root)
    written = None if kdumpd is None else kdumpd.directory
    watched = watched_of(scene.settings, scene.machine.root)
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
    settings, root = scene.settings, scene.machine.root
    watched = watched_of(settings, root)
    own = (settings.state_directory, *directories_of(settings, root))
    found = _seen(scene.machine, [*watched, *(path for path in own if _is_ours_to_see(path))])
    largest = None if scene.standing is None else scene.standing.largest_core
    limit = least_free(settings.warn_below, largest)
    yield from space.findings(_distinct(found, receiving=len(watched)), limit)


def _distinct(found: Mapping[Path, Look], receiving: int) -> Iterator[Volume]:
    seen = set()
    for number, (path, look) in enumerate(found.items()):
        if look.kind != "directory" or look.volume in seen:
            continue
        seen.add(look.volume)
        yield Volume(path=_shown(path), receives=number < receiving, free=look.free)


def _is_ours_to_see(path: Path) -> bool:
    return not path.is_relative_to(VOLUMES)


def _seen(machine: Machine, paths: Sequence[Path]) -> dict[Path, Look]:
    places = {path: machine.place(path) for path in paths}
    found = looks(list(places.values()))
    return {path: found[str(place)] for path, place in places.items()}


def _same(machine: Machine, one: Path, other: Path) -> bool:
    return os.path.realpath(machine.place(one)) == os.path.realpath(machine.place(other))


def _shown(path: Path) -> str:
    return printable(os.fsencode(path))
