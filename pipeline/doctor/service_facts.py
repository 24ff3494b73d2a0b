"""Asks launchd or systemd for the daemon, and looks what is installed for it to run."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import version

from pipeline.confinement.account import account_fault, default_name
from pipeline.doctor import installed, service
from pipeline.doctor.login_items import disallowed
from pipeline.doctor.scene import Scene
from pipeline.doctor.service import Service
from pipeline.installing.current import version as held_version
from pipeline.installing.linux_layout import UNIT_NAME
from pipeline.installing.mac_layout import LABEL
from pipeline.linux import systemd
from pipeline.machine import Finding, Machine
from pipeline.macos.account import NAME, account, faults
from pipeline.macos.launchd import look


def findings(scene: Scene) -> Iterator[Finding]:
    """Tell whether the daemon runs, will run again, and which it is."""
    found = _asked(scene)
    run = None if scene.standing is None else scene.standing.run
    yield service.running(found, scene.life, run)
    enabled = service.enabled(found)
    if enabled is not None:
        yield enabled
    yield service.versions(found, scene.life, run, version("panicpipe"))
    settings, platform = scene.settings, scene.machine.platform
    name = default_name(platform) if settings is None else settings.account
    fault = _account_fault(scene.machine, name)
    needed = os.geteuid() == 0 or found.installed
    yield service.account(name, fault, needed=needed, makeable=found.manageable)


def _account_fault(machine: Machine, name: str) -> str | None:
    """Say why the workers cannot have their account; None where they can."""
    found = account(machine) if machine.mac and name == NAME else None
    if found is not None:
        return next(faults(found), None)
    return account_fault(name, machine=machine, euid=0)


def ownership(scene: Scene) -> Iterator[Finding]:
    """Tell whether root runs only what root owns."""
    from pipeline.installing.trust import distrusted_environment

    environment = installed.environment(scene.machine)
    found = None if environment is None else distrusted_environment(scene.machine, environment)
    yield service.ownership(found)


def _asked(scene: Scene) -> Service:
    machine = scene.machine
    if not installed.is_installed(machine):
        return Service(installed=False, manageable=machine.mac or systemd.is_there(machine))
    environment = installed.environment(machine)
    held = None if environment is None else held_version(machine, environment)
    if not machine.mac:
        return _of_systemd(machine, environment, held)
    found = _of_launchd(machine, environment, held)
    # launchd speaks of the system's jobs to root only, and says to others that there are none.
    return replace(found, loaded=None, pid=None) if scene.needs_root else found


def _of_launchd(machine: Machine, prefix: str | None, held: str | None) -> Service:
    job = look(machine, LABEL)
    # Where the override database says nothing, our own property list decides: it says start.
    decided = job.disabled is None and job.loaded is not None
    return Service(
        installed=True,
        loaded=job.loaded,
        pid=job.pid,
        last_exit=_exit_code(job.last_exit),
        disabled=False if decided else job.disabled,
        disallowed=disallowed(machine, LABEL),
        version=held,
        prefix=prefix,
    )


def _exit_code(status: int | None) -> int | None:
    """Return what wait(2) gave as people know it; negative for a signal."""
    try:
        return None if status is None else os.waitstatus_to_exitcode(status)
    except (ValueError, OverflowError):
        return None


def _of_systemd(machine: Machine, prefix: str | None, held: str | None) -> Service:
    unit = systemd.look(machine, UNIT_NAME)
    at_boot = None if unit is None else unit.at_boot
    return Service(
        installed=True,
        loaded=None if unit is None else unit.there,
        pid=None if unit is None else unit.pid,
        last_exit=None if unit is None else unit.status,
        disabled=None if at_boot is None else not at_boot,
        version=held,
        prefix=prefix,
    )
