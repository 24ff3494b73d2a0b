"""The configuration as everybody else sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.confinement import Limits
from pipeline.plugin import Notifier, Source, Stage
from pipeline.registry.discovery import Built

if TYPE_CHECKING:  # their rooms load what light commands do without
    from pipeline.messages import Style
    from pipeline.owing import Rule


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What the configuration says, validated, with every default filled in."""

    file: Path | None
    """Where it was read from; None where there is no file and all are defaults."""
    state_directory: Path
    max_uncompressed_size: int
    """Bytes; a dump that inflates to more is judged by what came before."""
    transfers: int
    """How many dumps are read at most while they arrive."""
    workers: int
    """How many finished dumps are processed at most at once."""
    uploads: int
    """How many dumps are sent to other machines at once, whatever the other lanes do."""
    account: str
    """Whose rights the children take that read dumps or send alerts, where root runs us."""
    limits: Limits
    """What each of those that read dumps may take."""
    warn_below: int
    """Bytes that should be free where dumps arrive; 0: nobody is warned."""
    scan_seconds: float
    """How often the sources are looked at even when nothing wakes us."""
    retry_first_seconds: float
    retry_longest_seconds: float
    """The pause after a passing fault: the first one, and what it doubles up to."""
    sources: tuple[Built[Source], ...]
    stages: tuple[Built[Stage], ...]
    """In the order in which a dump goes through them."""
    others: tuple[Built[Stage], ...]
    """Configured, but not in the chain."""
    notifiers: tuple[Built[Notifier], ...]
    rules: Mapping[str, Rule]
    """Which alerts each notifier is to get, by its name."""
    style: Style
    heartbeat_seconds: float
    """How often the routes are told that all is well; 0: never."""
    expect_listener: bool
    """Whether to alert when nothing listens where Macs send their dumps."""
    server_port: int
    """The UDP port where that should be."""
