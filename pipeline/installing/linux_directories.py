"""The part of the unit that the configuration decides: which directories it may use, as whom.

The unit itself lets the service write to its own state only, and hides the directories that people
and programs share. What the configuration names beyond that is opened here.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any

from pipeline.config.location import find_and_read
from pipeline.display import printable
from pipeline.installing.linux_layout import CONFIGURATION, DIRECTORIES, DROP_INS, STATE
from pipeline.linux.access import access, group_name
from pipeline.linux.account import NAME, account
from pipeline.machine import Changes, Machine
from pipeline.paths import here

_OLD_RECIPE = "/PanicDumps"
_USUAL = "/var/tmp/PanicDumps"  # noqa: S108  kdumpd's own
_HOMES = ("/home", "/root", "/run/user")
_TEMPORARY = ("/tmp", "/var/tmp")  # noqa: S108
_HEAD = (
    "# From the configuration, by `panicpipe install` and `service restart`: changes get lost.\n"
)


@dataclass(frozen=True, kw_only=True)
class Named:
    """The directories that a configuration names, absolute paths."""

    dumps: Sequence[str]
    """Where dumps arrive."""
    outputs: Sequence[str]
    """Where stages put what they make, and the state."""


def put(changes: Changes, dumps: str | None = None) -> bool:
    """Have the file as the configuration is now, and say what keeps the account from the dumps.

    `dumps` is where they arrive by a configuration that a dry run does not write. Returns whether
    it was otherwise before, so that systemd must read it anew.
    """
    machine = changes.machine
    table = _table(machine, dumps)
    found = named(table, old_recipe=machine.place(_OLD_RECIPE).is_dir())
    groups, remarks = _ways_in(machine, found.dumps)
    changes.directory(DROP_INS, "root", "root", 0o755)
    text = drop_in(found, groups)
    changed = changes.file(DIRECTORIES, text.encode(), "root", "root", 0o644)
    for remark in remarks:
        changes.tell(f"note   {remark}")
    return changed


def named(table: Mapping[str, Any], *, old_recipe: bool) -> Named:
    """Return what the tables of a configuration name; what is no path is for its check to tell."""
    sources = _values(table.get("source"), "path")
    usual = _OLD_RECIPE if old_recipe else _USUAL
    outputs = [*_values(table.get("stages"), "directory"), table.get("state_directory")]
    return Named(
        dumps=[path for path in map(_absolute, sources or [usual]) if path],
        outputs=[path for path in map(_absolute, outputs) if path],
    )


def drop_in(found: Named, groups: Sequence[str]) -> str:
    """Return the file's text."""
    paths = [path for path in dict.fromkeys((*found.dumps, *found.outputs)) if _is_foreign(path)]
    lines = [f"ReadWritePaths={_quoted('-' + path)}" for path in paths]
    lines += [f"SupplementaryGroups={group}" for group in groups]
    if any(_is_below(path, _HOMES) for path in paths):
        lines.append("ProtectHome=read-only")
    shown = [place for place in _TEMPORARY if any(_is_below(path, (place,)) for path in paths)]
    if shown:
        lines.append("PrivateTmp=no")
        hidden = [place for place in _TEMPORARY if place not in shown]
        lines += [f"TemporaryFileSystem={place}:mode=1777" for place in hidden]
    return "\n".join([_HEAD, "[Service]", *lines, ""])


def _table(machine: Machine, dumps: str | None) -> Mapping[str, Any]:
    """Return the configuration; in a dry run it may not be there yet."""
    place = machine.place(CONFIGURATION)
    if not place.exists():
        return {} if dumps is None else {"source": {"directory": {"path": dumps}}}
    return find_and_read(place, {}, here("linux", 0)).table


def _values(tables: object, key: str) -> list[object]:
    if not isinstance(tables, Mapping):
        return []
    return [each[key] for each in tables.values() if isinstance(each, Mapping) and key in each]


def _absolute(value: object) -> str | None:
    """Return a path as the account would have it."""
    if not isinstance(value, str) or "\0" in value or "\n" in value:
        return None
    path = PurePosixPath(value)
    if path.parts[:1] == ("~",):
        path = PurePosixPath(STATE, *path.parts[1:])
    return os.path.normpath(path) if path.is_absolute() else None


def _is_foreign(path: str) -> bool:
    return path != STATE and not _is_below(path, (STATE,))


def _is_below(path: str, places: Sequence[str]) -> bool:
    return any(path.startswith(f"{place}/") for place in places)


def _quoted(path: str) -> str:
    """Return it as systemd.syntax(7) takes a word, with no specifier in it."""
    escaped = path.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped}"'


def _ways_in(machine: Machine, dumps: Sequence[str]) -> tuple[list[str], list[str]]:
    """Return the groups that let the account read what is in these directories, and remarks."""
    found = account(machine)
    if found is None or os.geteuid() != 0:
        return [], []
    looks = [access(machine, found, directory) for directory in dumps]
    groups = {group_name(machine, look.group) for look in looks if look.group is not None}
    remarks = [
        remark
        for look in looks
        for remark in _remarks(look.directory, there=look.there, readable=look.readable)
        if look.group is None
    ]
    return sorted(groups), remarks


def _remarks(directory: str, *, there: bool, readable: bool) -> Iterator[str]:
    shown = printable(os.fsencode(directory))
    if not there:
        yield f"{shown}: is not there yet; whoever makes it must let {NAME} read it"
    elif not readable:
        yield (
            f"{shown}: {NAME} cannot read what is in it; run: "
            f"sudo setfacl -R -m u:{NAME}:rX -m d:u:{NAME}:rX '{shown}'"
        )
