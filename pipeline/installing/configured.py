"""Where an installed configuration puts things, as far as it names other places than the usual."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.config.location import find_and_read
from pipeline.errors import ConfigError
from pipeline.machine import Machine
from pipeline.paths import Host, absolute, here


@dataclass(frozen=True, kw_only=True)
class Places:
    """What a configuration names; absolute paths of the machine."""

    dumps: tuple[str, ...] = ()
    """Where sources look for them."""
    state: str | None = None
    outputs: tuple[str, ...] = ()
    """Where stages put what they make."""


def places(machine: Machine, configuration: str, home: str | None = None) -> Places:
    """Read a configuration; one that cannot be read names nothing: its check says why.

    `home` is what `~` is to the service, where that is not the home of whoever runs this.
    """
    host = here(machine.platform)
    if home is not None:
        host = replace(host, home=Path(home))
    try:
        table = find_and_read(machine.place(configuration), {}, host).table
    except ConfigError:
        return Places()
    return Places(
        dumps=tuple(_paths(table.get("source"), "path", host)),
        state=_path(table.get("state_directory"), host),
        outputs=tuple(_paths(table.get("stages"), "directory", host)),
    )


def refuse_unreadable(machine: Machine, configuration: str) -> None:
    """Refuse a configuration that is no TOML, or others', before anything is built or changed.

    Whether what is in it can be used says its check, by the Python that will run it.
    """
    place = machine.place(configuration)
    if os.access(place, os.R_OK):  # who only rehearses may not be allowed to
        find_and_read(place, {}, here(machine.platform))


def _paths(tables: object, key: str, host: Host) -> Iterable[str]:
    """Return what the tables of plugins have under this key, each path once."""
    several = tables.values() if isinstance(tables, Mapping) else ()
    named = [_path(each.get(key), host) for each in several if isinstance(each, Mapping)]
    return dict.fromkeys(path for path in named if path is not None)


def _path(value: object, host: Host) -> str | None:
    try:
        return str(absolute(Path(value), host)) if isinstance(value, str) else None
    except ValueError:
        return None
