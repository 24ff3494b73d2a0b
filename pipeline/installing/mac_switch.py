"""Has the service run from another environment; where it does not start, as it did before."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pipeline.errors import MachineError
from pipeline.installing import mac_plist
from pipeline.installing.command import Command
from pipeline.installing.configured import places
from pipeline.installing.current import is_outdated
from pipeline.installing.environment import retire
from pipeline.installing.mac_layout import CONFIGURATION, HOME, LABEL, PLIST, STATE, WRAPPER
from pipeline.installing.mac_service import LaunchdService, seen
from pipeline.installing.wrapper import wrapper
from pipeline.machine import Changes, Machine
from pipeline.machine.patience import Patience
from pipeline.macos import launchd_verbs
from pipeline.macos.launchd import Job, look

_MODES = {WRAPPER: 0o755, PLIST: 0o644}


@dataclass(frozen=True, kw_only=True)
class Before:
    """What was installed, and what launchd had of it."""

    plist: bytes | None
    wrapper: bytes | None
    job: Job

    @property
    def environment(self) -> str | None:
        """What the service ran from, a path of the machine."""
        return None if self.plist is None else mac_plist.environment(self.plist)


def before(machine: Machine) -> Before:
    """Look what is there."""
    return Before(plist=mac_plist.installed(machine), wrapper=_content(machine), job=seen(machine))


def switch(
    changes: Changes, python: str, was: Before, command: Command, waiting: Callable[[], Patience]
) -> None:
    """Have the service run from this interpreter.

    What runs otherwise is ended before anything of it is replaced: killed at any moment, another
    installation finds either the one that was there before, or none, and starts what is there.

    MachineError, which tells both, where it does not start and what was before is put back.
    """
    contents = {WRAPPER: wrapper(python), PLIST: mac_plist.rendered(python)}
    there = was.plist is not None if was.job.loaded is None else was.job.loaded
    ended = there and _is_another(changes.machine, was, contents[PLIST])
    service, touched = LaunchdService(changes, command, waiting), ended
    try:
        if ended:
            service.end()
        for path, data in contents.items():
            touched = changes.file(path, data, "root", "wheel", _MODES[path]) or touched
        service.begin(ended=ended)
    except MachineError as fault:
        if not touched:
            raise
        raise MachineError(f"{fault}; {_put_back(changes, was, waiting)}") from fault
    except KeyboardInterrupt:
        if touched:
            _put_back(changes, was, waiting)
        raise


def _is_another(machine: Machine, was: Before, plist: bytes) -> bool:
    """Whether launchd has, or may have, another job than this property list makes now."""
    environment = mac_plist.environment(plist)
    state = places(machine, CONFIGURATION).state or STATE
    return was.plist != plist or (
        environment is not None and is_outdated(machine, state, environment)
    )


def _put_back(changes: Changes, was: Before, waiting: Callable[[], Patience]) -> str:
    """Put back what was there; returns what came of it."""
    changes.tell("What was there before is put back:")
    try:
        return _as_it_was(changes, was, waiting)
    except MachineError as fault:
        return f"what was there before could not be put back: {fault}"


def _as_it_was(changes: Changes, was: Before, waiting: Callable[[], Patience]) -> str:
    if was.plist is None:
        _as_there_was_none(changes, was, waiting)
        return "launchd has nothing of it"
    _files_of(changes, was)
    said = _started_as_it_was(changes, was.plist, was.job, waiting)
    retire(changes, HOME, was.environment)  # so that the next one builds on what runs
    return said


def _as_there_was_none(changes: Changes, was: Before, waiting: Callable[[], Patience]) -> None:
    """End it; where launchd keeps it, it is at least not there at the next restart."""
    try:
        LaunchdService(changes, None, waiting).end()
    finally:
        _files_of(changes, was)


def _files_of(changes: Changes, was: Before) -> None:
    for path, data in ((WRAPPER, was.wrapper), (PLIST, was.plist)):
        if data is None:
            changes.remove(path)
        else:
            changes.file(path, data, "root", "wheel", _MODES[path])


def _started_as_it_was(
    changes: Changes, plist: bytes, job: Job, waiting: Callable[[], Patience]
) -> str:
    if job.pid is not None and look(changes.machine, LABEL).pid == job.pid:
        return "the version before it still runs"
    python = mac_plist.program(plist)
    command = None if python is None else Command(changes.machine, python, CONFIGURATION)
    service = LaunchdService(changes, command, waiting)
    if job.loaded is not False:
        service.end()
        service.begin(ended=True)
        return "the version before it runs again"
    service.end()
    if job.disabled:
        launchd_verbs.disable(changes, LABEL)
    return "what was there before is back, stopped as it was"


def _content(machine: Machine) -> bytes | None:
    try:
        return machine.place(WRAPPER).read_bytes()
    except OSError:
        return None
