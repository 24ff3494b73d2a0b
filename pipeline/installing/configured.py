"""Where an installed configuration puts things, as far as it names other places than the usual."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.config.location import find_and_read
from pipeline.errors import ConfigError
from pipeline.machine import Machine
from pipeline.paths import Host, absolute, here


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a configuration names; absolute paths of the machine."""

    state: str | None = None
    outputs: tuple[str, ...] = ()
    """Where stages put what they make."""


def places(machine: Machine, configuration: str) -> Places:
    """Read a configuration; one that cannot be read names nothing: its check says why."""
    host = here(machine.platform)
    try:
        table = find_and_read(machine.place(configuration), {}, host).table
    except ConfigError:
        return Places()
    stages = table.get("stages")
    tables = stages.values() if isinstance(stages, Mapping) else ()
    named = [each.get("directory") for each in tables if isinstance(each, Mapping)]
    outputs = dict.fromkeys(path for each in named if (path := _path(each, host)) is not None)
    return Places(state=_path(table.get("state_directory"), host), outputs=tuple(outputs))


def refuse_unreadable(machine: Machine, configuration: str) -> None:
    """Refuse a configuration that is no TOML, or others', before anything is built or changed.

    Whether what is in it can be used says its check, by the Python that will run it.
    """
    place = machine.place(configuration)
    if os.access(place, os.R_OK):  # who only rehearses may not be allowed to
        find_and_read(place, {}, here(machine.platform))


def _path(value: object, host: Host) -> str | None:
    try:
        return str(absolute(Path(value), host)) if isinstance(value, str) else None
    except ValueError:
        return None
