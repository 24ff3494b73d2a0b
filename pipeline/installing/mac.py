"""Installs the LaunchDaemon on a Mac, or brings it up to what is running now.

All that the service does not see is put in place first, then its configuration is checked; only
then is it stopped, and started as it is now. What does not start is put back as it was.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from pipeline.errors import MachineError, Untrusted
from pipeline.installing import code, mac_layout, mac_plist, mac_switch
from pipeline.installing.command import Command
from pipeline.installing.configuration import configuration
from pipeline.installing.configured import refuse_unreadable
from pipeline.installing.environment import retire
from pipeline.installing.mac_layout import CONFIGURATION, HOME
from pipeline.installing.mac_service import refuse_another
from pipeline.installing.wishes import Wishes
from pipeline.machine import Changes, Machine
from pipeline.machine.patience import Patience
from pipeline.macos import account

_OLDEST = 12
_SW_VERS = "/usr/bin/sw_vers"

Waiting = Callable[[], Patience]


def install(
    changes: Changes, wishes: Wishes, say: Callable[[str], None], waiting: Waiting = Patience
) -> None:
    """Install, or upgrade in place; raises what goes wrong with the service as it was before."""
    machine = changes.machine
    _refuse_old(machine)
    _refuse_account(machine)
    mac_plist.refuse_others(machine)
    refuse_another(machine)
    refuse_unreadable(machine, CONFIGURATION)
    was = mac_switch.before(machine)
    mac_layout.directories(changes)
    mac_layout.log(changes)
    configuration(changes, CONFIGURATION, "wheel", wishes)
    account.make(changes)
    python = code.python(changes, HOME, wishes)
    command = Command(machine, python, CONFIGURATION)
    command.check(changes)
    mac_layout.rotation(changes)
    mac_layout.on_the_path(changes)
    mac_switch.switch(changes, python, was, command, waiting)
    environment = os.path.dirname(os.path.dirname(python))
    _note_made_by_hand(changes, was.environment, environment)
    if not changes.dry_run:
        _tell(changes, command, say, first=was.plist is None)
    # Last: it may be the one that this runs from, which could import nothing afterwards.
    retire(changes, HOME, environment)


def _refuse_old(machine: Machine) -> None:
    answer = machine.ask(_SW_VERS, "-productVersion")
    version = "" if answer is None else answer.out.strip()
    major = version.partition(".")[0]
    if major.isdecimal() and int(major) < _OLDEST:
        raise MachineError(f"this is macOS {version}; panicpipe needs macOS {_OLDEST} or later")


def _refuse_account(machine: Machine) -> None:
    found = account.account(machine)
    faults = [] if found is None else list(account.faults(found))
    if faults:
        raise Untrusted(f"{'; '.join(faults)}: dumps must not be read by it; remove it or mend it")


def _note_made_by_hand(changes: Changes, earlier: str | None, environment: str) -> None:
    """Say what an older way of installing has left, which nothing runs from any more."""
    if earlier is None or earlier == environment or earlier.startswith(f"{HOME}/environments/"):
        return
    if earlier.startswith(f"{HOME}/") and os.path.lexists(changes.machine.place(earlier)):
        changes.tell(f"note   nothing runs from {earlier} any more; run: sudo rm -r '{earlier}'")


def _tell(changes: Changes, command: Command, say: Callable[[str], None], *, first: bool) -> None:
    if not changes.made:
        say("All was as it should be; nothing was changed.")
    for line in ("", *command.status().splitlines()):
        say(line)
    if first:
        say("New terminals find the command panicpipe. If this Mac is to receive dumps, and to see")
        say("that they would arrive: sudo panicpipe server setup, then: sudo panicpipe doctor")
