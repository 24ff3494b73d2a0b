"""Has launchd start and stop jobs, and waits until it has done so.

launchd answers before it is done, and refuses with numbers that mean something else than they say:
119 the job is disabled, 36 and 37 a teardown or another operation is still in progress, 5 anything
at all, 3 and 113 not loaded, 150 System Integrity Protection refuses.
"""

from __future__ import annotations

import plistlib
from collections.abc import Callable
from xml.parsers.expat import ExpatError

from pipeline.errors import MachineError
from pipeline.machine import Answer, Changes, Machine
from pipeline.machine.patience import Patience
from pipeline.macos.launchd import LAUNCHCTL, NOT_LOADED, disabled, look

_IN_PROGRESS = frozenset({36, 37})
_UNSPECIFIC = 5
_DISABLED = 119
_NO_SUCH_PROCESS = 3
_SIP = 150
_MOST_UNSPECIFIC = 3
_ALL = frozenset(range(256))


class _DisabledJob(MachineError):
    """launchd has refused a job because it is disabled."""


def enable(changes: Changes, label: str) -> None:
    """Let launchd start the job at boot, unless the override database says so already.

    That leaves a record of its own behind, which launchctl cannot take back.
    """
    if changes.dry_run or disabled(changes.machine, label) is not False:
        changes.run(LAUNCHCTL, "enable", f"system/{label}")


def disable(changes: Changes, label: str) -> None:
    """Have launchd not start the job any more, also after a restart."""
    if changes.dry_run or disabled(changes.machine, label) is not True:
        changes.run(LAUNCHCTL, "disable", f"system/{label}")


def load(changes: Changes, label: str, plist: str, *, patience: Patience | None = None) -> None:
    """Have the job loaded from its property list; nothing is done where it is loaded already."""
    if not changes.dry_run and look(changes.machine, label).loaded:
        return

    def bootstrap() -> Answer | None:
        return changes.run(LAUNCHCTL, "bootstrap", "system", plist, accept=_ALL)

    def loaded() -> bool:
        return look(changes.machine, label).loaded is True

    _persist(bootstrap, loaded, f"launchctl bootstrap system {plist}", label, patience)


def unload(changes: Changes, label: str, *, patience: Patience | None = None) -> bool:
    """Have the job ended and gone; returns whether it was loaded."""
    if not changes.dry_run and look(changes.machine, label).loaded is False:
        return False

    def bootout() -> Answer | None:
        return changes.run(LAUNCHCTL, "bootout", f"system/{label}", accept=_ALL)

    def gone() -> bool:
        return look(changes.machine, label).loaded is False

    _persist(bootout, gone, f"launchctl bootout system/{label}", label, patience)
    return True


def start(changes: Changes, label: str, plist: str, *, patience: Patience | None = None) -> None:
    """Have the job loaded and started, and enabled first where it is disabled.

    RunAtLoad has failed after a bootstrap: kickstart makes sure.
    """
    if _is_off(changes.machine, label, plist):
        enable(changes, label)
    try:
        load(changes, label, plist, patience=patience)
    except _DisabledJob:  # launchd knows better than what it prints
        enable(changes, label)
        load(changes, label, plist, patience=patience)
    kick(changes, label)


def _is_off(machine: Machine, label: str, plist: str) -> bool:
    """Whether launchd would refuse the job: by the override database, else the property list."""
    overridden = disabled(machine, label)
    if overridden is not None:
        return overridden
    try:
        return plistlib.loads(machine.place(plist).read_bytes()).get("Disabled") is True
    except (OSError, ValueError, ExpatError, LookupError, AttributeError, TypeError, MemoryError):
        return False


def kick(changes: Changes, label: str) -> None:
    """Start a loaded job that does not run."""
    if not changes.dry_run and look(changes.machine, label).pid is not None:
        return
    answer = changes.run(LAUNCHCTL, "kickstart", f"system/{label}", accept=_ALL)
    if answer is not None and answer.status not in {0, *_IN_PROGRESS}:
        raise _refusal(f"launchctl kickstart system/{label}", label, answer)


def stop(changes: Changes, label: str, *, patience: Patience | None = None) -> bool:
    """Have the job ended and gone until it is started again, or the machine is."""
    return unload(changes, label, patience=patience)


def await_pid(changes: Changes, label: str, *, patience: Patience | None = None) -> int | None:
    """Wait until the job has a process; None where it gets none, or under a dry run."""
    waiting = patience or Patience()
    while not changes.dry_run:
        pid = look(changes.machine, label).pid
        if pid is not None or not waiting.is_left():
            return pid
    return None


def _persist(
    act: Callable[[], Answer | None],
    done: Callable[[], bool],
    shown: str,
    label: str,
    patience: Patience | None,
) -> None:
    """Act until it is done: launchd may need a while, and may refuse for no reason."""
    waiting, unspecific = patience or Patience(), 0
    while True:
        answer = act()
        if answer is None:
            return
        if answer.status == _UNSPECIFIC:
            unspecific += 1
        elif answer.status not in {0, _NO_SUCH_PROCESS, NOT_LOADED, *_IN_PROGRESS}:
            raise _refusal(shown, label, answer)
        if _comes_true(done, waiting, answer):
            return
        if unspecific >= _MOST_UNSPECIFIC or not waiting.is_left():
            raise _refusal(shown, label, answer)


def _comes_true(done: Callable[[], bool], waiting: Patience, answer: Answer) -> bool:
    """Look, and where launchd has agreed, look again before it is asked once more."""
    for _ in range(6 if answer.status == 0 else 1):
        if done():
            return True
        if not waiting.is_left():
            return False
    return False


def _refusal(shown: str, label: str, answer: Answer) -> MachineError:
    meaning = {
        _DISABLED: f"the job is disabled; run: sudo launchctl enable system/{label}, and look "
        "whether it is switched off in System Settings > General > Login Items & Extensions",
        _SIP: "System Integrity Protection refuses it",
        _UNSPECIFIC: "launchd does not say why; look with: sudo launchctl print "
        f"system/{label}, and log show --last 5m --predicate 'process == \"launchd\"'",
        36: "launchd is still busy with this job; try again in a minute",
        37: "launchd is still busy with this job; try again in a minute",
    }.get(answer.status, "launchd has not done it; try again in a minute")
    kind = _DisabledJob if answer.status == _DISABLED else MachineError
    return kind(f"`{shown}` ended with {answer.status} ({answer.said}): {meaning}")
