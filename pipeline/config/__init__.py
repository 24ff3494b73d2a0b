"""The configuration file: found, read, validated, and made into plugins."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pipeline.config.settings import Settings
from pipeline.errors import ConfigError
from pipeline.paths import Host, here, named_configuration

__all__ = ["Settings", "chain_only", "inspection_limit", "load", "state_directory_only"]


def load(
    path: Path | None = None,
    env: Mapping[str, str] = os.environ,
    *,
    host: Host | None = None,
) -> Settings:
    """Read the configuration; ConfigError has one line for every fault in it.

    `path` is what `--config` says. With neither that nor a file at the usual places, all are
    defaults.
    """
    from pipeline.config.loading import settings  # pydantic: too slow for the light commands
    from pipeline.config.location import find_and_read

    host = host or here()
    return settings(find_and_read(path, env, host), host)


def state_directory_only(
    path: Path | None = None,
    env: Mapping[str, str] = os.environ,
    *,
    host: Host | None = None,
) -> Path:
    """Return the state directory, for commands that must start fast; the rest is not checked."""
    from pipeline.config.location import find_and_read
    from pipeline.config.values import state_directory

    host = host or here()
    return state_directory(find_and_read(path, env, host), host)


def inspection_limit(
    default: int,
    path: Path | None = None,
    env: Mapping[str, str] = os.environ,
    *,
    host: Host | None = None,
) -> int:
    """Return `inspect.max_uncompressed_size`; the default where no usable file is at hand.

    Whoever can read a dump can inspect it: a site's configuration that only root can read is no
    reason to refuse. A file that was named must be usable.
    """
    from pipeline.config.location import find_and_read
    from pipeline.config.values import max_uncompressed_size

    try:
        return max_uncompressed_size(find_and_read(path, env, host or here()), default)
    except ConfigError:
        if named_configuration(path, env):
            raise
        return default


def chain_only(
    path: Path | None = None,
    env: Mapping[str, str] = os.environ,
    *,
    host: Host | None = None,
) -> tuple[str, ...]:
    """Return the names of the chain's stages, unchecked."""
    from pipeline.config.location import find_and_read
    from pipeline.config.values import stages

    return stages(find_and_read(path, env, host or here()))
