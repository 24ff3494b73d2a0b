"""What systemd says of a unit, and the verbs that change it."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.errors import MachineError
from pipeline.machine import Changes, Machine

SYSTEMCTL = "/usr/bin/systemctl"
JOURNALCTL = "/usr/bin/journalctl"
_BOOTED = "/run/systemd/system"
_PATIENCE = 200.0
"""Seconds: more than a start and a stop may take by the unit's own limits."""
_ASKED = (
    "LoadState",
    "ActiveState",
    "UnitFileState",
    "MainPID",
    "Result",
    "ExecMainCode",
    "ExecMainStatus",
)
_KILLED = frozenset({"2", "3"})
"""As waitid(2) has it in `ExecMainCode`: killed by a signal, and killed with a core."""
_AT_BOOT = {"enabled": True, "enabled-runtime": False, "disabled": False, "masked": False}
_WORKS = frozenset({"active", "reloading"})


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit, as `systemctl show` describes it. None: systemd does not say."""

    there: bool
    """Whether systemd has loaded the unit's file."""
    active: str
    """Such as active, activating, inactive or failed."""
    pid: int | None
    """Of its main process."""
    at_boot: bool | None
    """Whether it is started with the machine."""
    result: str
    """Why it ended, such as exit-code, watchdog, oom-kill; `success` where nothing is wrong."""
    status: int | None
    """The exit code of its main process, where that has ended; negative for a signal."""

    @property
    def works(self) -> bool:
        return self.active in _WORKS


def is_there(machine: Machine) -> bool:
    """Whether systemd runs this machine; in most containers it does not."""
    return machine.has(SYSTEMCTL) and machine.place(_BOOTED).is_dir()


def refuse_missing(machine: Machine) -> None:
    """MachineError where no systemd runs this machine."""
    if not is_there(machine):
        raise MachineError(
            "systemd does not run this machine (a container?), so there is no service to install "
            "or to control; have whatever starts programs here run: panicpipe run"
        )


def look(machine: Machine, unit: str) -> Unit | None:
    """Ask about a unit, which any user may; None where systemd does not answer."""
    answer = machine.ask(SYSTEMCTL, "show", unit, f"--property={','.join(_ASKED)}")
    if answer is None or answer.status:
        return None
    said = dict(line.partition("=")[::2] for line in answer.out.splitlines())
    pid = said.get("MainPID", "")
    return Unit(
        there=said.get("LoadState") == "loaded",
        active=said.get("ActiveState", "unknown"),
        pid=int(pid) if pid.isdecimal() and pid != "0" else None,
        at_boot=_AT_BOOT.get(said.get("UnitFileState", "")),
        result=said.get("Result", ""),
        status=_status(said),
    )


def _status(said: dict[str, str]) -> int | None:
    status = said.get("ExecMainStatus", "")
    if not status.isdecimal():
        return None
    return -int(status) if said.get("ExecMainCode") in _KILLED else int(status)


def reload(changes: Changes) -> None:
    """Have systemd read the files of its units anew."""
    changes.run(SYSTEMCTL, "daemon-reload", patience=_PATIENCE)


def start(changes: Changes, unit: str) -> None:
    """Have it run, now and with the machine; returns once it has said itself that it is ready."""
    _begin(changes, unit, "start")


def restart(changes: Changes, unit: str) -> None:
    """End it and start it, as its file is now."""
    _begin(changes, unit, "restart")


def _begin(changes: Changes, unit: str, verb: str) -> None:
    changes.run(SYSTEMCTL, "enable", "--quiet", unit)
    # Failed starts count until then, and too many refuse another one. Not loaded: no failures.
    changes.run(SYSTEMCTL, "reset-failed", unit, accept=(0, 1))
    changes.run(SYSTEMCTL, verb, unit, patience=_PATIENCE)


def stop(changes: Changes, unit: str) -> None:
    """End it until it is started again, also over a restart of the machine."""
    changes.run(SYSTEMCTL, "disable", "--quiet", "--now", unit, patience=_PATIENCE)
