"""Installs the systemd service on Linux, or brings it up to what is running now.

All that the service does not see is put in place first, then its configuration is checked as its
account would read it; only then is it stopped, and started as it is now. What does not start is put
back as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping

from pipeline.daemon.state_directory import running
from pipeline.errors import AlreadyRunning, ConfigError, MachineError, Untrusted
from pipeline.installing import code, linux_layout
from pipeline.installing.command import Command
from pipeline.installing.configuration import configuration
from pipeline.installing.configured import refuse_unreadable
from pipeline.installing.current import is_outdated
from pipeline.installing.environment import build, retire
from pipeline.installing.linux_layout import CONFIGURATION, DIRECTORIES, HOME, STATE, UNIT, WRAPPER
from pipeline.installing.linux_service import SystemdService
from pipeline.installing.wishes import Wishes
from pipeline.installing.wrapper import wrapper
from pipeline.linux import account, systemd
from pipeline.linux.access import can_read
from pipeline.linux.account import NAME
from pipeline.machine import Changes, Machine
from pipeline.machine.patience import Patience

_CHOWN = "/usr/bin/chown"
_HIDDEN = ("/home/", "/root/", "/run/user/", "/tmp/", "/var/tmp/")  # noqa: S108  from the service
_MODES = {WRAPPER: 0o755, UNIT: 0o644, DIRECTORIES: 0o644}

Waiting = Callable[[], Patience]


def install(
    changes: Changes, wishes: Wishes, say: Callable[[str], None], waiting: Waiting = Patience
) -> None:
    """Install, or upgrade in place; raises what goes wrong with the service as it was before."""
    systemd.refuse_missing(changes.machine)
    _refuse_account(changes.machine)
    refuse_unreadable(changes.machine, CONFIGURATION)
    linux_layout.directories(changes)
    account.make(changes)
    _state(changes)
    python = _python(changes, wishes)
    configuration(changes, CONFIGURATION, NAME, wishes, 0o640)
    _refuse_closed(changes)
    command = Command(changes.machine, python, CONFIGURATION)
    command.check(changes)
    _switch(changes, python, command, wishes.dumps, waiting)
    if not changes.dry_run:
        for line in ("", *command.status().splitlines()):
            say(line)
    # Last: it may be the one that this runs from, which could import nothing afterwards.
    retire(changes, HOME, _environment(python))


def _refuse_account(machine: Machine) -> None:
    found = account.account(machine)
    faults = [] if found is None else list(account.faults(found))
    if faults:
        raise Untrusted(f"{'; '.join(faults)}; the service must not run as it: rename or remove it")


def _state(changes: Changes) -> None:
    """Have the state directory; what a daemon of root's has left there is given to the account."""
    machine = changes.machine
    place = machine.place(STATE)
    inherited = place.is_dir() and place.stat().st_uid == 0 and any(place.iterdir())
    if inherited and running(place):
        raise AlreadyRunning(f"{STATE}: a daemon that root runs uses it; stop that one first")
    linux_layout.state(changes)
    if inherited:
        changes.run(_CHOWN, "-R", "--no-dereference", f"{NAME}:{NAME}", str(machine.place(STATE)))


def _python(changes: Changes, wishes: Wishes) -> str:
    """Return an interpreter that root trusts and that the account can run."""
    python = code.python(changes, HOME, wishes)
    if python.startswith(f"{HOME}/") or _is_seen(changes.machine, python):
        return python
    if wishes.environment is not None:
        raise MachineError(
            f"{python}: the service's account {NAME} cannot run it; put the environment where "
            "everybody may read, such as below /opt"
        )
    changes.tell(f"{python} cannot be run by {NAME}, so that it gets an environment of its own.")
    return build(changes, HOME, extra=wishes.extra, uv=wishes.uv, index_url=wishes.index_url).python


def _is_seen(machine: Machine, python: str) -> bool:
    """Whether the service sees this interpreter and what it links to, and may read it."""
    real = os.path.realpath(machine.place(python))
    if any(path.startswith(_HIDDEN) for path in (python, real) if machine.real):
        return False
    found = account.account(machine)
    return found is None or os.geteuid() != 0 or can_read(machine, found, python)


def _refuse_closed(changes: Changes) -> None:
    found = account.account(changes.machine)
    if found is None or changes.dry_run or os.geteuid() != 0:
        return
    if not can_read(changes.machine, found, CONFIGURATION):
        raise ConfigError(
            f"{CONFIGURATION}: the service's account cannot read it; run: "
            f"sudo chgrp {NAME} {CONFIGURATION} && sudo chmod 640 {CONFIGURATION}"
        )


def _switch(
    changes: Changes, python: str, command: Command, dumps: str | None, waiting: Waiting
) -> None:
    """Have the service run from this interpreter; where it does not start, as it did before."""
    before = {path: linux_layout.installed(changes.machine, path) for path in _MODES}
    upgrade = before[UNIT] is not None
    changes.file(WRAPPER, wrapper(python), "root", "root", _MODES[WRAPPER])
    changed = changes.file(UNIT, linux_layout.rendered(python), "root", "root", _MODES[UNIT])
    again = upgrade and (changed or is_outdated(changes.machine, STATE, _environment(python)))
    try:
        SystemdService(changes, command, waiting).begin(again=again, dumps=dumps)
    except MachineError as fault:
        if not upgrade or not changed:
            raise
        _put_back(changes, before, waiting)
        raise MachineError(f"{fault}; the version before it runs again") from fault


def _environment(python: str) -> str:
    return os.path.dirname(os.path.dirname(python))


def _put_back(changes: Changes, before: Mapping[str, bytes | None], waiting: Waiting) -> None:
    changes.tell("It does not start. What was there before is put back:")
    for path, data in before.items():
        if data is not None:
            changes.file(path, data, "root", "root", _MODES[path])
    earlier = linux_layout.program(before[UNIT] or b"")
    command = None if earlier is None else Command(changes.machine, earlier, CONFIGURATION)
    SystemdService(changes, command, waiting).begin(again=True)
