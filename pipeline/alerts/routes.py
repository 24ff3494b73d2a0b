"""Alert routes: the notifiers of the configuration, one for each destination."""

from __future__ import annotations

import dataclasses
import logging
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from pipeline.alerts.sender import Recipe, command
from pipeline.display import one_line
from pipeline.errors import ConfigError
from pipeline.plugin import Notifier
from pipeline.registry.discovery import Built, origin
from pipeline.registry.wording import dotted

_log = logging.getLogger("panicpipe.alerts")

_CHECK_LIMIT = 30.0
"""Seconds that looking at all notifiers may take."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Route:
    """One destination: alerts to it go out in order, whatever becomes of the others."""

    name: str
    notifier: str
    """The name that the configuration gives to the notifier it is a destination of."""
    recipe: Recipe = dataclasses.field(repr=False)  # holds secrets


def routes(notifiers: Sequence[Built[Notifier]], file: Path | None = None) -> tuple[Route, ...]:
    """Split notifiers with several destinations: `ops` becomes `ops/slack-1f0c`, `ops/mailto-9a3e`.

    ConfigError where a notifier cannot tell its destinations.
    """
    return tuple(route for notifier in notifiers for route in _split(notifier, file))


def _split(notifier: Built[Notifier], file: Path | None) -> Iterator[Route]:
    try:
        destinations = dict(notifier.plugin.destinations())
    except Exception as error:  # a stranger's notifier may raise anything
        raise ConfigError(f"{_where(notifier, file)}: {one_line(str(error))}") from None
    if not destinations:
        raise ConfigError(f"{_where(notifier, file)}: has no destination, so it would tell nobody")
    for name, plugin in destinations.items():
        yield Route(
            name=f"{notifier.name}/{one_line(name)}" if name else notifier.name,
            notifier=notifier.name,
            recipe=Recipe(notifier.reference, _config(notifier, plugin)),
        )


def _config(notifier: Built[Notifier], plugin: Notifier) -> Mapping[str, Any]:
    if plugin is notifier.plugin:
        return notifier.config
    values = {each.name: getattr(plugin, each.name) for each in dataclasses.fields(plugin)}
    config: dict[str, Any] = msgspec.to_builtins(values, enc_hook=str)
    return config


def check(
    notifiers: Sequence[Built[Notifier]], file: Path | None, limit: float = _CHECK_LIMIT
) -> None:
    """Raise ConfigError with a line for each notifier that can never send, as it says itself.

    Asks all of them in a child process, where they import what they need.
    """
    if not notifiers:
        return
    recipes = [Recipe(notifier.reference, notifier.config) for notifier in notifiers]
    try:
        child = subprocess.run(
            command("check"),
            input=msgspec.json.encode(recipes),
            stdout=subprocess.PIPE,
            timeout=limit,
            check=True,
            start_new_session=True,
        )
    except (OSError, subprocess.SubprocessError) as error:
        # Not told to be wrong: if they are, each alert that cannot be sent will say so.
        _log.warning("the notifiers cannot be checked: %s", type(error).__name__)
        return
    answers = msgspec.json.decode(child.stdout, type=list[list[str]])
    faults = [
        f"{_where(notifier, file)}: {fault}"
        for notifier, found in zip(notifiers, answers, strict=True)
        for fault in found
    ]
    if faults:
        raise ConfigError("\n".join(faults))


def _where(notifier: Built[Notifier], file: Path | None) -> str:
    return f"{origin(file)}: {dotted(('notifiers', notifier.name))}"
