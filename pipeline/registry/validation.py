"""Tables of the configuration held against the dataclasses that describe them.

What pydantic finds is told as people write configuration: one line a fault, with the full key,
the value (unless it is secret) and what is allowed instead.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, TypeVar, get_args, get_type_hints

from pydantic import TypeAdapter, ValidationError
from pydantic.errors import PydanticUserError
from pydantic_core import ErrorDetails, PydanticSerializationError

from pipeline.display import one_line
from pipeline.errors import ConfigError
from pipeline.paths import Host, absolute, output_directory, spool_directory
from pipeline.plugin import FileStage
from pipeline.redaction import secret_fields, withheld
from pipeline.registry.nesting import described_by, inner_tables, secrets_in
from pipeline.registry.wording import did_you_mean, dotted, expected, shown

T = TypeVar("T")
Key = tuple[str | int, ...]

_UNKNOWN = ("unexpected_keyword_argument", "extra_forbidden")


@dataclass(frozen=True)
class Problem:
    """One fault: which key, relative to the table, and a text that begins after it."""

    key: Key
    text: str


class Refused(Exception):
    """A table cannot be used; `lines` tells why."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(problems)
        self.problems = problems

    def lines(self, origin: str, where: str) -> Iterator[str]:
        """Give one line a problem, with the file and the full key in front."""
        for problem in self.problems:
            key = ".".join(filter(None, (where, dotted(problem.key))))
            yield f"{origin}: {key}: {problem.text}" if key else f"{origin}: {problem.text}"


def validated(cls: type[T], table: Mapping[str, Any]) -> T:
    """Make an instance of a dataclass from a table; nothing is coerced, no unknown key passes."""
    made, problems = _examined(cls, json_values(table))
    if made is None or problems:
        raise Refused(problems)
    return made


def completed(
    cls: type, table: Mapping[str, Any], host: Host, state_directory: Path | None = None
) -> Mapping[str, Any]:
    """Return a plugin's table with defaults filled in and every path absolute, as JSON values.

    Without `state_directory` it is the platform's.
    """
    given, relative = _absolute_paths(cls, json_values(table), host)
    plugin, problems = _examined(cls, given)
    if problems or relative:
        raise Refused([*problems, *relative])
    config, relative = _absolute_paths(cls, _filled(cls, given, _dumped(cls, plugin)), host)
    if relative:
        raise Refused(relative)
    if issubclass(cls, FileStage) and config["directory"] is None:
        config["directory"] = str(_place(cls, host, state_directory))
    return config


def _place(cls: type[FileStage], host: Host, state_directory: Path | None) -> Path:
    if cls.keeps == "spool":
        return spool_directory(host, state_directory)
    return output_directory(host)


def _filled(cls: type, given: Mapping[str, Any], dumped: Mapping[str, Any]) -> dict[str, Any]:
    """Return what was given, with what was left out as it was dumped, inner tables as well."""
    made = {**dumped, **given}
    for name, inner in inner_tables(cls).items():
        made[name] = _filled_within(inner, made[name], dumped.get(name))
    return made


def _filled_within(cls: type, given: Any, dumped: Any) -> Any:
    if isinstance(given, Mapping) and isinstance(dumped, Mapping):
        return _filled(cls, given, dumped)
    if isinstance(given, list) and isinstance(dumped, list) and len(given) == len(dumped):
        pairs = zip(given, dumped, strict=True)
        return [_filled_within(cls, one, other) for one, other in pairs]
    return given


def _examined(cls: type[T], table: Mapping[str, Any]) -> tuple[T | None, list[Problem]]:
    """Make the instance, if need be without the keys at fault, so that every fault is found."""
    adapter = _adapter(cls)
    problems: list[Problem] = []
    faulty: set[str | int] = set()
    while True:
        try:
            rest = {key: value for key, value in table.items() if key not in faulty}
            made = adapter.validate_json(json.dumps(rest), strict=True, extra="forbid")
        except ValidationError as error:
            found = [_problem(cls, rest, detail) for detail in error.errors()]
        except Exception as error:  # a stranger's __post_init__ may raise anything
            words = f"{type(error).__name__}: {error}"
            found = [_own_words(cls, words, secrets_in(cls, rest))]
        else:
            return made, problems
        if faulty:  # what is about a key left out, or the whole, may come from leaving out
            found = [problem for problem in found if problem.key and problem.key[0] not in faulty]
        problems += dict.fromkeys(found)
        new = {problem.key[0] for problem in found if problem.key} & rest.keys()
        if not new:
            return None, problems
        faulty |= new


def _adapter(cls: type[T]) -> TypeAdapter[T]:
    try:
        return TypeAdapter(cls)
    except (PydanticUserError, NameError) as error:
        raise _unusable(cls, error) from error


def _dumped(cls: type[T], plugin: T) -> Mapping[str, Any]:
    try:
        dumped: Mapping[str, Any] = _adapter(cls).dump_python(plugin, mode="json")
    except PydanticSerializationError as error:
        raise _unusable(cls, error) from error
    return dumped


def _unusable(cls: type, error: Exception) -> ConfigError:
    text = one_line(str(error), 300)
    return ConfigError(f"the fields of {cls.__module__}:{cls.__qualname__} are no keys: {text}")


def json_values(value: Any) -> Any:
    """Return what TOML gave as JSON values; what JSON lacks becomes text, which no number is."""
    if isinstance(value, Mapping):
        return {key: json_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [json_values(item) for item in value]
    if isinstance(value, date | datetime | time):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return value


def _absolute_paths(
    cls: type, table: Mapping[str, Any], host: Host
) -> tuple[dict[str, Any], list[Problem]]:
    """Return the table with its paths absolute, without those that cannot be made so."""
    made = dict(table)
    problems = []
    for name in table.keys() & _path_fields(cls):
        try:
            made[name] = _absolute(table[name], host)
        except ValueError as error:
            text = f"{shown(table[name])} is not allowed: it must be {error}"
            problems.append(Problem((name,), text))
            del made[name]
    for name, inner in inner_tables(cls).items():
        if name in made:
            made[name], found = _absolute_within(inner, made[name], host)
            problems += [Problem((name, *problem.key), problem.text) for problem in found]
    return made, problems


def _absolute_within(cls: type, value: Any, host: Host) -> tuple[Any, list[Problem]]:
    if isinstance(value, Mapping):
        return _absolute_paths(cls, value, host)
    if not isinstance(value, list):
        return value, []
    made = [_absolute_within(cls, item, host) for item in value]
    problems = [
        Problem((place, *problem.key), problem.text)
        for place, (_, found) in enumerate(made)
        for problem in found
    ]
    return [item for item, _ in made], problems


def _absolute(value: Any, host: Host) -> Any:
    if isinstance(value, list):
        return [_absolute(item, host) for item in value]
    return str(absolute(Path(value), host)) if isinstance(value, str) else value


def _path_fields(cls: type) -> set[str]:
    """Return the keys whose values are paths, or lists of paths."""
    try:
        hints = get_type_hints(cls)
    except NameError as error:
        raise _unusable(cls, error) from error
    return {name for name, kind in hints.items() if Path in (kind, *_parts(kind))}


def _parts(kind: Any) -> Iterator[Any]:
    for part in get_args(kind):
        yield part
        yield from _parts(part)


def _problem(cls: type, table: Mapping[str, Any], detail: ErrorDetails) -> Problem:
    key = _existing(table, detail["loc"])
    if detail["type"] in _UNKNOWN:
        return Problem(key, _unknown_key(cls, key))
    if detail["type"] == "missing":
        return Problem(detail["loc"], "is missing; it must be given")
    value = "this value" if _is_secret(cls, key) else shown(detail["input"])
    if detail["type"] == "value_error":
        owner = _class_at(cls, key)
        words = str(detail["ctx"]["error"])
        own = _own_words(owner or cls, words, secrets_in(cls, table))
        text = own.text if owner else f"{value} is not allowed: {own.text}"
        return Problem((*key, *own.key) if owner else key, text)
    return Problem(key, f"{value} is not allowed: it must be {expected(detail)}")


def _own_words(cls: type, text: str, secrets: Iterable[str]) -> Problem:
    """Tell a class's own objection, under the key that its first word names, if it does."""
    first = text.partition(" ")[0]
    named = is_dataclass(cls) and first in (field.name for field in fields(cls))
    return Problem((first,) if named else (), withheld(text, secrets))


def _existing(table: object, location: Key) -> Key:
    """Return the location without what pydantic adds to it, such as the member of a union."""
    for depth, step in enumerate(location):
        try:
            table = table[step]  # type: ignore[index]
        except (KeyError, IndexError, TypeError):
            return location[:depth]
    return location


def _unknown_key(cls: type, key: Key) -> str:
    owner = _class_at(cls, key[:-1])
    if owner is None:
        return "is not a known key"
    known = [field.name for field in fields(owner)]
    hint = did_you_mean(str(key[-1]), known)
    return f"is not a known key{hint or ';'} known are: {', '.join(known) or 'none'}"


def _class_at(cls: type | None, key: Key) -> type | None:
    """Return the dataclass that describes the table at `key` within the one of `cls`."""
    for step in key:
        if isinstance(step, str):  # a place in a list of tables is described as the list is
            hint = get_type_hints(cls).get(step) if is_dataclass(cls) else None
            cls = described_by(hint)
    return cls


def _is_secret(cls: type, key: Key) -> bool:
    for depth, step in enumerate(key):
        owner = _class_at(cls, key[:depth])
        if owner is not None and step in secret_fields(owner):
            return True
    return False
