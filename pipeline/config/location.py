"""Which configuration file is used, and its TOML; nothing here is slow to import."""

from __future__ import annotations

import errno
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.display import one_line
from pipeline.errors import ConfigError
from pipeline.paths import Host, configurations, named_configuration
from pipeline.registry.discovery import origin

_LARGEST_FILE = 1 << 20
_AT_LINE = re.compile(r" \(at line (\d+), column (\d+)\)$")


@dataclass(frozen=True)
class Text:
    """The configuration as it was read, before anything in it is checked."""

    file: Path | None
    table: Mapping[str, Any]


def find_and_read(option: Path | None, env: Mapping[str, str], host: Host) -> Text:
    """Read the file that was named, or the first one that is found, or nothing."""
    named = named_configuration(option, env)
    for file in (named,) if named else configurations(host):
        try:
            return Text(file, _parse(file, _read(file, host)))
        except (FileNotFoundError, NotADirectoryError):
            if named:
                raise ConfigError(f"{origin(file)}: there is no such file") from None
        except OSError as error:
            raise ConfigError(f"{origin(file)}: {error.strerror}{_remedy(error)}") from error
    return Text(None, {})


def _remedy(error: OSError) -> str:
    return (
        "; use sudo, or --config /dev/null for the defaults" if error.errno == errno.EACCES else ""
    )


def _read(file: Path, host: Host) -> bytes:
    fd = os.open(file, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    try:
        if str(file) != os.devnull:
            _refuse_unsafe(os.fstat(fd), file, host)
        with open(fd, "rb", closefd=False) as opened:
            data = opened.read(_LARGEST_FILE + 1)
    finally:
        os.close(fd)
    if len(data) > _LARGEST_FILE:
        raise ConfigError(f"{origin(file)}: is larger than 1 MiB, so it is no configuration")
    return data


def _refuse_unsafe(status: os.stat_result, file: Path, host: Host) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ConfigError(f"{origin(file)}: is not a regular file")
    if host.euid != 0:
        return
    # What root runs, and as whom it alerts, must not be for others to say.
    if status.st_uid != 0:
        raise ConfigError(
            f"{origin(file)}: belongs to uid {status.st_uid}, who could change what root does; "
            f"run: chown root '{origin(file)}'"
        )
    others = stat.S_IWOTH | (stat.S_IWGRP if status.st_gid != 0 else 0)
    if status.st_mode & others:
        raise ConfigError(
            f"{origin(file)}: others can write to it (mode {stat.S_IMODE(status.st_mode):04o}); "
            f"run: chmod go-w '{origin(file)}'"
        )


def _parse(file: Path, data: bytes) -> Mapping[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise ConfigError(f"{origin(file)}:{line}: is not UTF-8 text") from error
    except RecursionError:
        raise ConfigError(f"{origin(file)}: is nested too deeply") from None
    except tomllib.TOMLDecodeError as error:
        place = _AT_LINE.search(str(error))
        where = f"{place[1]}:{place[2]}" if place else data.rstrip().count(b"\n") + 1
        fault = one_line(_AT_LINE.sub("", str(error)), 200)
        raise ConfigError(f"{origin(file)}:{where}: is not TOML: {fault}") from error
