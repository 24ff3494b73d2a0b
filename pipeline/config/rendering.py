"""Settings written as TOML again, with every default spelled out and no secret shown."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.config.settings import Settings
from pipeline.config.values import DAY
from pipeline.model import Verdict
from pipeline.owing import Rule
from pipeline.redaction import redacted, secret_fields
from pipeline.registry.discovery import Built
from pipeline.registry.nesting import within
from pipeline.registry.wording import quoted_key
from pipeline.sizes import exact_size

_QUOTED = {
    '"': '\\"',
    "\\": "\\\\",
    "\b": "\\b",
    "\t": "\\t",
    "\n": "\\n",
    "\f": "\\f",
    "\r": "\\r",
}


def effective(settings: Settings) -> dict[str, Any]:
    """Return the configuration in effect in the file's layout, as JSON values without secrets."""
    return {
        "state_directory": str(settings.state_directory),
        "inspect": {"max_uncompressed_size": exact_size(settings.max_uncompressed_size)},
        "pipeline": {
            "stages": [stage.name for stage in settings.stages],
            "transfers": settings.transfers,
            "workers": settings.workers,
            "uploads": settings.uploads,
            "scan_seconds": settings.scan_seconds,
            "retry_first_seconds": settings.retry_first_seconds,
            "retry_longest_seconds": settings.retry_longest_seconds,
        },
        "limits": {
            "account": settings.account,
            "memory": exact_size(settings.limits.memory),
            "cpu_hours": _number(settings.limits.cpu_hours),
            "step_hours": _number(settings.limits.step_hours),
        },
        "space": {"warn_below": exact_size(settings.warn_below) if settings.warn_below else 0},
        "alerts": {
            "heartbeat_days": _number(settings.heartbeat_seconds / DAY),
            "dns": settings.style.dns,
            "templates": settings.style.templates,
        },
        "hosts": dict(settings.style.hosts),
        "server": {"expect_listener": settings.expect_listener, "port": settings.server_port},
        "source": {source.name: shown_config(source) for source in settings.sources},
        "stages": {
            stage.name: shown_config(stage) for stage in (*settings.stages, *settings.others)
        },
        "notifiers": {
            route.name: {
                "use": route.use,
                **shown_rule(settings.rules[route.name]),
                **shown_config(route),
            }
            for route in settings.notifiers
        },
    }


def shown_rule(rule: Rule) -> dict[str, Any]:
    """Return the keys that say which alerts a route gets; None where all are meant."""
    return {
        "events": list(rule.events),
        "severity": str(rule.severity),
        "verdicts": [str(each) for each in Verdict if each in rule.verdicts] or None,
        "hosts": list(rule.hosts) or None,
        "group_minutes": _number(rule.group_seconds / 60),
    }


def _number(value: float) -> float:
    """Undo what a conversion did to the last digits, and write whole numbers as such."""
    short = round(value, 9)
    return int(short) if short == int(short) else short


def shown_config(built: Built[Any]) -> dict[str, Any]:
    """Return a plugin's configuration with its secrets hidden."""
    return _shown(type(built.plugin), built.config)


def _shown(cls: type, table: Mapping[str, Any]) -> dict[str, Any]:
    secret = secret_fields(cls)
    return {
        key: redacted(value) if key in secret and value else value
        for key, value in within(cls, table, _shown).items()
    }


def toml(table: Mapping[str, Any]) -> str:
    """Write a table as TOML. A key whose value is None is left out: TOML has no word for it."""
    return "\n".join(_lines((), table)).strip() + "\n"


def inline(table: Mapping[str, Any]) -> str:
    """Write a table's keys and values in one line, without braces."""
    return ", ".join(f"{_key(k)} = {_value(v)}" for k, v in table.items() if v is not None)


def _lines(path: Sequence[str], table: Mapping[str, Any]) -> Iterator[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    plain = {key: value for key, value in table.items() if key not in inner and value is not None}
    if path and (plain or not inner):
        yield ""
        yield f"[{'.'.join(map(_key, path))}]"
    for key, value in plain.items():
        yield f"{_key(key)} = {_value(value)}"
    for key, value in inner.items():
        yield from _lines((*path, key), value)


def _key(name: str) -> str:
    return name if quoted_key(name) == name else _string(name)


def _value(value: Any) -> str:
    if isinstance(value, str):
        return _string(value)
    if isinstance(value, Mapping):
        inside = (
            f"{_key(key)} = {_value(item)}" for key, item in value.items() if item is not None
        )
        return f"{{{', '.join(inside)}}}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value if item is not None)}]"
    return json.dumps(value)


def _string(text: str) -> str:
    return f'"{"".join(map(_character, text))}"'


def _character(character: str) -> str:
    plain = character if character.isprintable() else f"\\U{ord(character):08x}"
    return _QUOTED.get(character, plain)
