"""Installs the LaunchDaemon on a Mac, or brings it up to what is running now.

All that the service does not see is put in place first, then its configuration is checked; only
then is it stopped, and started as it is now. What does not start is put back as it was.
"""

from __future__ import annotations

from collections.abc import Callable

from pipeline.errors import MachineError, Untrusted
from pipeline.installing import code, mac_layout, mac_plist
from pipeline.installing.command import Command
from pipeline.installing.configuration import configuration
from pipeline.installing.environment import retire
from pipeline.installing.mac_layout import CONFIGURATION, HOME, PLIST, WRAPPER
from pipeline.installing.mac_service import LaunchdService
from pipeline.installing.wishes import Wishes
from pipeline.machine import Changes, Machine
from pipeline.macos import account
from pipeline.macos.launchd_verbs import Patience

_OLDEST = 12
_SW_VERS = "/usr/bin/sw_vers"

Waiting = Callable[[], Patience]


def install(
    changes: Changes, wishes: Wishes, say: Callable[[str], None], waiting: Waiting = Patience
) -> None:
    """Install, or upgrade in place; raises what goes wrong with the service as it was before."""
    _refuse_old(changes.machine)
    _refuse_account(changes.machine)
    mac_layout.directories(changes)
    account.make(changes)
    python = code.python(changes, HOME, wishes)
    configuration(changes, CONFIGURATION, "wheel", wishes)
    command = Command(changes.machine, python, CONFIGURATION)
    command.check(changes)
    mac_layout.rotation(changes)
    mac_layout.on_the_path(changes)
    _switch(changes, python, command, waiting)
    _retire(changes, python)
    if not changes.dry_run:
        for line in ("", *command.status().splitlines()):
            say(line)


def _refuse_old(machine: Machine) -> None:
    answer = machine.ask(_SW_VERS, "-productVersion")
    version = "" if answer is None else answer.out.strip()
    major = version.partition(".")[0]
    if major.isdigit() and int(major) < _OLDEST:
        raise MachineError(f"this is macOS {version}; panicpipe needs macOS {_OLDEST} or later")


def _refuse_account(machine: Machine) -> None:
    found = account.account(machine)
    faults = [] if found is None else list(account.faults(found))
    if faults:
        raise Untrusted(f"{'; '.join(faults)}: dumps must not be read by it; remove it or mend it")


def _switch(changes: Changes, python: str, command: Command, waiting: Waiting) -> None:
    """Have the service run from this interpreter; where it does not start, as it did before."""
    before, wrapped = mac_plist.installed(changes.machine), _content(changes.machine, WRAPPER)
    changes.file(WRAPPER, mac_layout.wrapper(python), "root", "wheel", 0o755)
    changed = changes.file(PLIST, mac_plist.rendered(python), "root", "wheel", 0o644)
    service = LaunchdService(changes, command, waiting)
    try:
        if changed and before is not None:
            service.restart()
        else:
            service.start()
    except MachineError as fault:
        if before is None or not changed:
            raise
        changes.tell("It does not start. What was there before is put back:")
        changes.file(PLIST, before, "root", "wheel", 0o644)
        if wrapped is not None:
            changes.file(WRAPPER, wrapped, "root", "wheel", 0o755)
        earlier = Command(changes.machine, mac_plist.program(before) or python, CONFIGURATION)
        LaunchdService(changes, earlier, waiting).restart()
        raise MachineError(f"{fault}; the version before it runs again") from fault


def _retire(changes: Changes, python: str) -> None:
    """Remove the environments that nothing runs from any more."""
    current = python.removeprefix(f"{HOME}/environments/").partition("/")[0]
    keep = [int(current)] if python.startswith(f"{HOME}/") and current.isdigit() else []
    retire(changes, HOME, keep)


def _content(machine: Machine, path: str) -> bytes | None:
    try:
        return machine.place(path).read_bytes()
    except OSError:
        return None
