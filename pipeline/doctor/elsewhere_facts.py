"""What is asked of other volumes and machines, each in a process that can be killed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from pipeline.config.terms import daemon
from pipeline.daemon.destinations import directories_of
from pipeline.display import printable
from pipeline.doctor import elsewhere
from pipeline.doctor.directory_facts import VOLUMES
from pipeline.doctor.scene import Scene
from pipeline.machine import Finding
from pipeline.registry.probing import has_probes, probe

_LIMIT = 40.0
"""Seconds that one stage may take over its probes."""


def findings(scene: Scene) -> Iterator[Finding]:
    """Tell of volumes, and with `--online` of the archive and the routes."""
    yield from _volumes(scene)
    if scene.online:
        yield from _archive(scene)
        yield from elsewhere.routes(() if scene.standing is None else scene.standing.routes)


def _volumes(scene: Scene) -> Iterator[Finding]:
    if scene.settings is None or scene.standing is None:
        return
    found = directories_of(scene.settings, scene.machine.root)
    paths = dict.fromkeys(
        printable(os.fsencode(path)) for path in found if path.is_relative_to(VOLUMES)
    )
    run = scene.standing.run
    prefix = None if run is None else run.prefix
    python = None if prefix is None else os.path.realpath(f"{prefix}/bin/python")
    looked = scene.standing.destinations
    yield from elsewhere.volumes(list(paths), looked, scene.now, python)


def _archive(scene: Scene) -> Iterator[Finding]:
    if scene.settings is None:
        return
    on_behalf = daemon(scene.settings)
    asked = [stage for stage in scene.settings.stages if has_probes(stage.plugin)]
    with ThreadPoolExecutor(max(len(asked), 1)) as threads:
        answers = threads.map(lambda stage: (stage.name, probe(stage, _LIMIT, on_behalf)), asked)
        for name, probes in answers:
            yield from elsewhere.tried(name, probes)
