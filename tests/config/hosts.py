"""Machines whose places lie in a temporary directory."""

from __future__ import annotations

from pathlib import Path

from pipeline.paths import Host


def user(home: Path, site: Path | None = None) -> Host:
    """Return a Linux machine as an ordinary user sees it."""
    return Host(
        platform="linux",
        euid=501,
        home=home,
        user_configuration=home / ".config/panicpipe",
        user_state=home / ".local/state/panicpipe",
        site_configurations=(site,) if site else (),
    )


def root(site: Path, platform: str = "linux") -> Host:
    """Return a machine as root sees it."""
    return Host(
        platform=platform,
        euid=0,
        home=Path("/root"),
        user_configuration=None,
        user_state=None,
        site_configurations=(site,),
    )
