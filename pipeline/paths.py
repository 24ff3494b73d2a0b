"""Where things are when the configuration does not say: configuration, state and outputs.

`here()` looks at this machine; everything else is computed from the Host it returns. For root, and
for the account that the service has on Linux, no place depends on the environment: sudo on macOS
keeps HOME, and launchd sets none. Both have the same places, so that `sudo panicpipe status` shows
what the service does.
"""

from __future__ import annotations

import os
import pwd
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from platformdirs.macos import MacOS
from platformdirs.unix import Unix

from pipeline.display import printable
from pipeline.errors import ConfigError

CONFIGURATION_NAME = "panicpipe.toml"
CONFIGURATION_VARIABLE = "PANICPIPE_CONFIG"
LINUX_ACCOUNT = "panicpipe"
"""The system account that the service runs as on Linux."""


@dataclass(frozen=True, kw_only=True)
class Host:
    """What the places depend on. `home` and what lies in it are None where nobody knows."""

    platform: str
    euid: int
    home: Path | None
    user_configuration: Path | None
    user_state: Path | None
    site_configurations: tuple[Path, ...]
    """Directories, the one that counts most first."""
    is_account: bool = False
    """Whether we are the account that the service has on Linux."""

    @property
    def system(self) -> bool:
        """Whether the places are the system's, and not those of a person."""
        return self.root or self.is_account

    @property
    def root(self) -> bool:
        return self.euid == 0

    @property
    def mac(self) -> bool:
        return self.platform == "darwin"


def here(
    platform: str = sys.platform,
    euid: int | None = None,
    env: Mapping[str, str] = os.environ,
) -> Host:
    """Describe this machine and the user who runs us."""
    euid = os.geteuid() if euid is None else euid
    is_account = platform != "darwin" and _name(euid) == LINUX_ACCOUNT
    system = euid == 0 or is_account
    home = _home(euid, {} if system else env)
    directories = (
        MacOS("PanicPipe", appauthor=False)
        if platform == "darwin"
        else Unix("panicpipe", appauthor=False, multipath=True)
    )
    return Host(
        platform=platform,
        euid=euid,
        home=home,
        user_configuration=Path(directories.user_config_dir) if home else None,
        user_state=Path(directories.user_state_dir) if home else None,
        site_configurations=_site_configurations(platform, system, directories.site_config_dir),
        is_account=is_account,
    )


def _name(euid: int) -> str | None:
    try:
        return pwd.getpwuid(euid).pw_name
    except KeyError:
        return None


def _home(euid: int, env: Mapping[str, str]) -> Path | None:
    named = env.get("HOME", "")
    if os.path.isabs(named):
        return Path(named)
    try:
        return Path(pwd.getpwuid(euid).pw_dir)
    except KeyError:
        return None


def _site_configurations(platform: str, system: bool, site: str) -> tuple[Path, ...]:
    if platform == "darwin":
        return (Path("/Library/Application Support/PanicPipe"),)
    if system:
        return (Path("/etc/xdg/panicpipe"),)
    return tuple(Path(place) for place in site.split(os.pathsep))


def named_configuration(option: Path | None, env: Mapping[str, str] = os.environ) -> Path | None:
    """Return the configuration file that the user named, which then must be there."""
    named = env.get(CONFIGURATION_VARIABLE, "") if option is None else option
    try:
        return Path(named).absolute() if named else None
    except FileNotFoundError:
        raise ConfigError(
            f"{printable(os.fsencode(named))}: the current directory is gone; name it in full"
        ) from None


def configurations(host: Host) -> tuple[Path, ...]:
    """Return where a configuration file is looked for when none is named; the first found counts.

    Root and the service's account read the site's only, so that the daemon and
    `sudo panicpipe status` agree.
    """
    personal = [] if host.system or host.user_configuration is None else [host.user_configuration]
    return tuple(place / CONFIGURATION_NAME for place in (*personal, *host.site_configurations))


def system_state_directory(host: Host) -> Path:
    """Return where the daemon keeps its state when the system runs it."""
    # Not the folder itself, which ordinary users must be able to read the configuration in.
    mac = "/Library/Application Support/PanicPipe/State"
    return Path(mac if host.mac else "/var/lib/panicpipe")


def state_directory(host: Host) -> Path:
    """Return where the journal and the work files are."""
    if host.system:
        return system_state_directory(host)
    if host.user_state is None:
        raise ConfigError(_homeless(host, "state_directory"))
    return host.user_state


def output_directory(host: Host) -> Path:
    """Return where stages that make files put them."""
    if host.system:
        return Path("/Users/Shared/PanicPipe" if host.mac else "/var/lib/panicpipe/packages")
    if host.home is None:
        raise ConfigError(_homeless(host, "the stage's directory"))
    return host.home / "PanicPipe"


def spool_directory(host: Host, state: Path | None = None) -> Path:
    """Return where files wait that are on their way elsewhere; `state` is as it is configured."""
    return (state or state_directory(host)) / "spool"


def _homeless(host: Host, key: str) -> str:
    return f"user {host.euid} has no home directory: set HOME, or {key} in the configuration"


def absolute(path: Path, host: Host) -> Path:
    """Return a path from the configuration with `~` expanded; ValueError says what is wrong."""
    parts = path.parts
    if not parts or not parts[0].startswith("~"):
        expanded = path
    elif parts[0] != "~":
        expanded = path.expanduser() if _has_home(parts[0][1:]) else path
    else:
        expanded = path if host.home is None else host.home.joinpath(*parts[1:])
    if not expanded.is_absolute():
        raise ValueError("an absolute path, or one that starts with ~/")
    return expanded


def _has_home(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
