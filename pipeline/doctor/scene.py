"""What the checks are about: the machine, its configuration, and what its journal says."""

from __future__ import annotations

import dataclasses
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.config import Settings, load, state_directory_only
from pipeline.doctor.standing import Life, Standing, life, standing
from pipeline.errors import ConfigError, JournalError
from pipeline.journal.database import FILE_NAME
from pipeline.machine import Machine
from pipeline.paths import Host, here, named_configuration, state_directory


@dataclass(frozen=True, kw_only=True)
class Scene:
    """All that was gathered before anything is judged."""

    machine: Machine
    needs_root: bool
    """Whether only root would see everything."""
    online: bool
    """Whether other machines may be asked."""
    now: float
    settings: Settings | None
    """None where the configuration cannot be used."""
    faults: tuple[str, ...] = ()
    """What is wrong with the configuration, a line each."""
    state: Path | None = None
    """The state directory, where it is for us."""
    life: Life = field(default_factory=Life)
    standing: Standing | None = None
    journal_fault: str | None = None
    """Why the journal cannot be read; None where it is, or there is none yet."""


def gather(
    machine: Machine,
    config: Path | None,
    *,
    online: bool,
    env: Mapping[str, str] = os.environ,
) -> Scene:
    """Read the configuration and the journal; faults of either are part of the scene."""
    host = _host(machine, config, env)
    settings: Settings | None = None
    faults: tuple[str, ...] = ()
    try:
        settings = load(config, env, host=host)
        state = settings.state_directory
    except ConfigError as error:
        faults = tuple(str(error).splitlines())
        state = _state_without_settings(config, env, host)
    place = machine.place(state)
    scene = Scene(
        machine=machine,
        needs_root=machine.real and os.geteuid() != 0,
        online=online,
        now=time.time(),
        settings=settings,
        faults=faults,
        state=place,
        life=life(place),
    )
    return _with_journal(scene, place)


def _with_journal(scene: Scene, state: Path) -> Scene:
    try:
        os.lstat(state / FILE_NAME)
        return dataclasses.replace(scene, standing=standing(state, scene.life))
    except (FileNotFoundError, NotADirectoryError):
        return scene
    except (OSError, JournalError) as error:
        return dataclasses.replace(scene, journal_fault=str(error))


def _host(machine: Machine, config: Path | None, env: Mapping[str, str]) -> Host:
    """Whose daemon is looked at: root's, unless a user has one of their own."""
    if machine.real:
        own = here()
        if own.root or named_configuration(config, env) or _has_journal(own):
            return own
        return here(euid=0)
    host = here(machine.platform, 0, env)
    places = tuple(machine.place(place) for place in host.site_configurations)
    ours = os.geteuid()  # a rehearsal's files belong to whoever rehearses
    return dataclasses.replace(host, site_configurations=places, euid=ours, is_account=ours != 0)


def _has_journal(host: Host) -> bool:
    try:
        return os.path.lexists(state_directory(host) / FILE_NAME)
    except ConfigError:
        return False


def _state_without_settings(config: Path | None, env: Mapping[str, str], host: Host) -> Path:
    try:
        return state_directory_only(config, env, host=host)
    except ConfigError:
        return state_directory(host)
