"""Whether the daemon runs as a service, and which version of it. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.daemon.lifeline import Run
from pipeline.doctor.standing import Life
from pipeline.doctor.wording import NEEDS_ROOT, fail, ok, unknown, warn, when
from pipeline.machine import Finding

_START = "sudo panicpipe service start"
_RESTART = "sudo panicpipe service restart"
_INSTALL = "sudo panicpipe install"
_BY_HAND = "have whatever starts programs here run: panicpipe run"
_NAME_ONE = "name an account that is there in the configuration: [limits] account"
_LOGS = "sudo panicpipe service logs"
_LOGIN_ITEMS = (
    "switch panicpipe on in System Settings > General > Login Items & Extensions, then: " + _START
)


@dataclass(frozen=True, kw_only=True)
class Service:
    """What the system's own service manager says. None where nobody knows."""

    installed: bool
    """Whether its property list, or its unit, is there."""
    manageable: bool = True
    """Whether launchd or systemd runs this machine at all; in most containers neither does."""
    loaded: bool | None = None
    pid: int | None = None
    last_exit: int | None = None
    disabled: bool | None = None
    """Whether launchd or systemd would not start it with the machine."""
    disallowed: bool | None = None
    """Whether it is switched off in Login Items; on a Mac only."""
    version: str | None = None
    """Of panicpipe, in the environment that it is to run from."""
    prefix: str | None = None
    """That environment."""


def running(service: Service, life: Life, run: Run | None) -> Finding:
    """Say whether a daemon is at work, and as what."""
    check = "service.running"
    if life.alive:
        return _alive(service, life, run)
    if not service.installed:
        if life.alive is None:
            return unknown(check, f"not installed; whether a daemon runs: {NEEDS_ROOT}")
        if not service.manageable:
            return fail(check, "no daemon runs, and there is no systemd here", _BY_HAND)
        return fail(check, "not installed, and no daemon runs", _INSTALL)
    if service.loaded is False:
        return fail(check, "installed, but not loaded", _START)
    if service.loaded is None:
        return unknown(check, f"installed; whether it runs: {NEEDS_ROOT}")
    if service.pid is not None:
        if life.alive is None:
            return ok(check, f"running, pid {service.pid}")
        what = f"pid {service.pid} has started, and does not work yet"
        return warn(check, what, _LOGS)
    ended = "" if service.last_exit is None else f"; it ended last with {service.last_exit}"
    return fail(check, f"loaded, but not running{ended}", f"{_LOGS}, then: {_START}")


def _alive(service: Service, life: Life, run: Run | None) -> Finding:
    check = "service.running"
    since = "" if run is None else f" since {when(run.started)}"
    pid = "" if life.pid is None else f", pid {life.pid}"
    if service.loaded and (service.pid is None or service.pid == life.pid):
        return ok(check, f"loaded and running{since}{pid}")
    if service.loaded is None and service.installed:
        return ok(check, f"a daemon runs{since}{pid}")
    if not service.manageable:
        return ok(check, f"a daemon runs{since}{pid}")
    what = f"a daemon runs{since}{pid}, but not as the service: nothing starts it again"
    return warn(check, what, _START if service.installed else _INSTALL)


def enabled(service: Service) -> Finding | None:
    """Say whether it starts with the machine; None where there is nothing to start."""
    check = "service.enabled"
    if not service.installed:
        return None
    if service.disallowed:
        return fail(check, "switched off in Login Items & Extensions", _LOGIN_ITEMS)
    if service.disabled:
        return fail(check, "disabled: it does not start with the machine", _START)
    if service.disabled is None:
        return unknown(check, f"whether it starts with the machine: {NEEDS_ROOT}")
    return ok(check, "starts with the machine")


def versions(service: Service, life: Life, run: Run | None, ours: str) -> Finding:
    """Compare what runs, what is installed, and what looks."""
    check = "service.version"
    if life.alive and run is not None:
        finding = _of_running(service, run, ours)
        if finding is not None:
            return finding
    if service.version is not None and service.version != ours:
        what = f"{service.version} is installed, and this command is {ours}"
        return warn(check, what, _INSTALL)
    if life.alive:
        return ok(check, f"{ours} runs, as installed" if service.version else f"{ours} runs")
    if service.version is not None:
        return ok(check, f"{ours} is installed")
    if service.installed:
        return unknown(check, f"which version is installed is not known; this is {ours}")
    return ok(check, f"this is {ours}")


def _of_running(service: Service, run: Run, ours: str) -> Finding | None:
    check = "service.version"
    if run.version is None:
        return warn(check, "the version that runs does not tell which it is: too old", _RESTART)
    installed = service.version or ours
    if run.version != installed:
        what = f"{run.version} runs, and {installed} is installed"
        return warn(check, what, _RESTART)
    if service.prefix is not None and run.prefix is not None and run.prefix != service.prefix:
        what = f"{run.version} runs from {run.prefix}, and {service.prefix} is installed"
        return warn(check, what, _RESTART)
    return None


def ownership(faults: tuple[str, ...] | None) -> Finding:
    """Say whether root runs only what root owns; None where nothing runs as root."""
    check = "service.ownership"
    if faults is None:
        return ok(check, "nothing is installed for root to run")
    if not faults:
        return ok(check, "root runs only what root owns")
    more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
    return fail(check, f"root runs what others can change: {faults[0]}{more}", _INSTALL)


def account(name: str, fault: str | None, *, needed: bool, makeable: bool = True) -> Finding:
    """Say whether dumps are read without root's rights; `fault` is why they are not.

    `makeable`: whether `install` works here, which makes the account.
    """
    check = "service.account"
    if not needed:
        return ok(check, "dumps are read with the rights of whoever runs the daemon")
    if fault is not None:
        remedy = _INSTALL if makeable else _NAME_ONE
        return warn(check, f"{fault}: dumps from the network are read as root", remedy)
    return ok(check, f"dumps are read as {name}")
