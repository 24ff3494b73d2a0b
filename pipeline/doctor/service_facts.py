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
from pipeline.machine import Finding, Machine
from pipeline.macos.account import NAME, account, faults
from pipeline.macos.launchd import look

_SYSTEMCTL = "/usr/bin/systemctl"


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
    yield service.account(name, fault, needed=os.geteuid() == 0 or found.installed)


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
        return Service(installed=False)
    environment = installed.environment(machine)
    held = None if environment is None else installed.version(machine, environment)
    if not machine.mac:
        return _of_systemd(machine, environment, held)
    found = _of_launchd(machine, environment, held)
    # launchd speaks of the system's jobs to root only, and says to others that there are none.
    return replace(found, loaded=None, pid=None) if scene.needs_root else found


def _of_launchd(machine: Machine, prefix: str | None, held: str | None) -> Service:
    job = look(machine, installed.LABEL)
    # Where the override database says nothing, our own property list decides: it says start.
    decided = job.disabled is None and job.loaded is not None
    return Service(
        installed=True,
        loaded=job.loaded,
        pid=job.pid,
        last_exit=_exit_code(job.last_exit),
        disabled=False if decided else job.disabled,
        disallowed=disallowed(machine, installed.LABEL),
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
    """Ask `systemctl show`, which answers `Name=value` lines and anybody."""
    wanted = "LoadState,UnitFileState,ActiveState,MainPID,ExecMainStatus"
    answer = machine.ask(_SYSTEMCTL, "show", installed.UNIT, f"--property={wanted}")
    lines = [] if answer is None or answer.status else answer.out.splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    started = told.get("UnitFileState")
    return Service(
        installed=True,
        loaded={"loaded": True, "not-found": False}.get(told.get("LoadState", "")),
        pid=_number(told.get("MainPID")) or None,
        last_exit=_number(told.get("ExecMainStatus")),
        disabled=None if not started else started not in ("enabled", "enabled-runtime", "static"),
        version=held,
        prefix=prefix,
    )


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 11 else None
