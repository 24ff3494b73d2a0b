"""Tables within a plugin's table: which dataclass describes the value of which key.

`cores: Cores = Cores()` is `[stages.retain.cores]`; `rules: tuple[Rule, ...]` a list of tables.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import is_dataclass
from functools import partial
from typing import Any, get_args, get_type_hints

from pipeline.redaction import secret_fields

_Visit = Callable[[type, Mapping[str, Any]], dict[str, Any]]


def inner_tables(cls: type) -> Mapping[str, type]:
    """Return the keys of a dataclass whose values other dataclasses describe."""
    if not is_dataclass(cls):
        return {}
    found = ((name, described_by(hint)) for name, hint in get_type_hints(cls).items())
    return {name: inner for name, inner in found if inner is not None}


def described_by(hint: Any) -> type | None:
    """Return the first dataclass in an annotation, such as `Cores | None`."""
    if isinstance(hint, type) and is_dataclass(hint):
        return hint
    return next((inner for part in get_args(hint) if (inner := described_by(part))), None)


def within(cls: type, table: Mapping[str, Any], visit: _Visit) -> dict[str, Any]:
    """Return the table with what `visit` makes of each table within it, one level down."""
    inner = inner_tables(cls)
    return {
        key: _each(value, partial(visit, inner[key])) if key in inner else value
        for key, value in table.items()
    }


def _each(value: Any, visit: Callable[[Mapping[str, Any]], dict[str, Any]]) -> Any:
    if isinstance(value, Mapping):
        return visit(value)
    if isinstance(value, list | tuple):
        return [_each(item, visit) for item in value]
    return value


def secrets_in(cls: type, table: Mapping[str, Any]) -> Iterator[str]:
    """Give the texts that must never be shown, those of inner tables as well."""
    for key in sorted(secret_fields(cls) & table.keys()):
        yield from _texts(table[key])
    for key, inner in inner_tables(cls).items():
        for one in _tables(table.get(key)):
            yield from secrets_in(inner, one)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _texts(item)
    elif value is not None:
        yield str(value)


def _tables(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tables(item)
