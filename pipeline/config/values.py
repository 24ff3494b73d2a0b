"""Single values of the configuration, for commands that must start fast or with a faulty file."""

from __future__ import annotations

from pathlib import Path

from pipeline import paths
from pipeline.config.location import Text
from pipeline.errors import ConfigError
from pipeline.paths import Host
from pipeline.registry.discovery import origin
from pipeline.registry.wording import shown
from pipeline.sizes import parse_size

DEFAULT_SOURCE = "directory"
DEFAULT_STAGES = ("verify", "package")
DEFAULT_WARN_BELOW = 10 * 10**9
DAY = 86400


def state_directory(text: Text, host: Host) -> Path:
    """Return what `state_directory` says, or the platform's place."""
    value = text.table.get("state_directory")
    if value is None:
        return paths.state_directory(host)
    try:
        if not isinstance(value, str):
            raise ValueError("text in quotes")
        return paths.absolute(Path(value), host)
    except ValueError as error:
        raise ConfigError(
            f"{origin(text.file)}: state_directory: {shown(value)} is not allowed: "
            f"it must be {error}"
        ) from None


def max_uncompressed_size(text: Text, default: int) -> int:
    """Return what `inspect.max_uncompressed_size` says."""
    table = text.table.get("inspect")
    value = table.get("max_uncompressed_size", default) if isinstance(table, dict) else default
    try:
        return parse_size(value)
    except ValueError as error:
        key = "inspect.max_uncompressed_size"
        raise ConfigError(
            f"{origin(text.file)}: {key}: {shown(value)} is not allowed: {error}"
        ) from None


def stages(text: Text) -> tuple[str, ...]:
    """Return the names in `pipeline.stages` as far as there are any."""
    table = text.table.get("pipeline")
    names = table.get("stages", DEFAULT_STAGES) if isinstance(table, dict) else DEFAULT_STAGES
    return tuple(str(name) for name in names) if isinstance(names, list | tuple) else ()
