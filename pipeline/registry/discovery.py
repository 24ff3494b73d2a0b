"""Plugins: which are registered, and how a table of the configuration becomes one.

A plugin is found by entry point; the built-in ones are registered exactly as a stranger's are.
pydantic is loaded only where a table is validated, so that light commands stay light.
"""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any, Generic, Literal, TypeVar

from pipeline.display import one_line
from pipeline.errors import ConfigError
from pipeline.paths import Host, here
from pipeline.plugin import FileStage, Notifier, Source, Stage
from pipeline.registry.wording import did_you_mean

Kind = Literal["sources", "stages", "notifiers"]
P_co = TypeVar("P_co", covariant=True)

_BASES: Mapping[Kind, type] = {"sources": Source, "stages": Stage, "notifiers": Notifier}
_OURS = "panicpipe"


@dataclass(frozen=True, kw_only=True)
class Registered:
    """One plugin that an installed distribution offers."""

    kind: Kind
    name: str
    reference: str
    """Where its class is, as `module:attribute`."""
    distribution: str
    builtin: bool


@dataclass(frozen=True, kw_only=True)
class Built(Generic[P_co]):
    """A plugin made from its table of the configuration."""

    name: str
    """What the configuration calls it: the stage's or source's name, the notifier's route."""
    use: str
    """The name under which the plugin is registered."""
    reference: str
    config: Mapping[str, Any]
    """JSON values that make the same plugin again elsewhere. May hold secrets."""
    plugin: P_co


def registered(kind: Kind) -> Sequence[Registered]:
    """List the plugins of a kind, the built-in ones first; two of one name are refused."""
    found: dict[str, Registered] = {}
    for point in entry_points(group=f"panicpipe.{kind}"):
        new = _registered(kind, point)
        known = found.setdefault(new.name, new)
        if known != new:
            raise ConfigError(
                f"two {kind} are called {_quoted(new.name)}: {known.reference} from "
                f"{known.distribution} and {new.reference} from {new.distribution}; "
                "uninstall one of them"
            )
    return sorted(found.values(), key=lambda plugin: (not plugin.builtin, plugin.name))


def _registered(kind: Kind, point: EntryPoint) -> Registered:
    distribution = point.dist.name if point.dist else "an unknown distribution"
    return Registered(
        kind=kind,
        name=one_line(point.name, 64),
        reference=point.value,
        distribution=one_line(distribution, 64),
        builtin=distribution == _OURS,
    )


def find(kind: Kind, name: str) -> Registered:
    """Return the plugin of that name; otherwise say which there are."""
    known = {plugin.name: plugin for plugin in registered(kind)}
    if name in known:
        return known[name]
    raise ConfigError(
        f"there is no {kind[:-1]} {_quoted(name)}{did_you_mean(name, known) or ';'} "
        f"installed are: {', '.join(known) or 'none'}"
    )


def _quoted(name: str) -> str:
    return f'"{one_line(name, 64)}"'


def load_class(reference: str) -> type:
    """Import what `module:attribute` names; it must be a class."""
    module, _, attribute = reference.partition(":")
    try:
        found: object = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (Exception, SystemExit) as error:  # a stranger's module may raise anything
        fault = f"{type(error).__name__}: {error}"
        raise ConfigError(f"{reference} cannot be loaded: {one_line(fault, 300)}") from error
    if not isinstance(found, type):
        raise ConfigError(f"{reference} is not a class")
    return found


def plugin_class(plugin: Registered) -> type:
    """Load a registered plugin's class and see that it is one of its kind."""
    cls = load_class(plugin.reference)
    fault = _fault_of_class(cls, _BASES[plugin.kind])
    if fault:
        raise ConfigError(f"{plugin.reference} from {plugin.distribution} {fault}")
    return cls


def _fault_of_class(cls: type, base: type) -> str | None:
    if not issubclass(cls, base):
        return f"is not a subclass of pipeline.{base.__name__}"
    if "__dataclass_params__" not in vars(cls):
        return "is not a frozen dataclass"
    if inspect.isabstract(cls):
        return f"does not define {', '.join(sorted(getattr(cls, '__abstractmethods__', ())))}"
    if issubclass(cls, Stage) and cls.runs_in not in ("worker", "daemon"):
        return f"has runs_in {cls.runs_in!r}; it must be 'worker' or 'daemon'"
    if issubclass(cls, FileStage) and cls.keeps not in ("outputs", "spool"):
        return f"has keeps {cls.keeps!r}; it must be 'outputs' or 'spool'"
    return None


def build(
    kind: Kind,
    use: str,
    name: str,
    table: Mapping[str, Any],
    where: str,
    file: Path | None,
    *,
    host: Host | None = None,
    state_directory: Path | None = None,
) -> Built[Any]:
    """Make a plugin from its table; ConfigError has a line for every fault in it.

    `where` is the table's key, such as `stages.package`, and `file` the configuration's, both for
    the error's text. Without `state_directory` it is the platform's.
    """
    from pipeline.registry import validation

    try:
        plugin = find(kind, use)
        cls = plugin_class(plugin)
        config = validation.completed(cls, table, host or here(), state_directory)
        made: Any = validation.validated(cls, config)
    except validation.Refused as refusal:
        raise ConfigError("\n".join(refusal.lines(origin(file), where))) from None
    except ConfigError as error:
        raise ConfigError(f"{origin(file)}: {where}: {error}") from error
    return Built(name=name, use=use, reference=plugin.reference, config=config, plugin=made)


def rebuild(reference: str, config: Mapping[str, Any]) -> object:
    """Make a plugin again from what `Built` holds: in a child, of the same class, as strictly."""
    from pipeline.registry import validation

    try:
        return validation.validated(load_class(reference), config)
    except validation.Refused as refusal:
        raise ConfigError("\n".join(refusal.lines(reference, ""))) from None


def origin(file: Path | None) -> str:
    """Name the configuration in an error's text."""
    return "(no configuration file)" if file is None else one_line(str(file))
