"""The service on Linux: a unit of systemd."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.display import printable
from pipeline.errors import MachineError
from pipeline.installing import linux_directories, linux_layout
from pipeline.installing.command import Command
from pipeline.installing.linux_layout import CONFIGURATION, UNIT, UNIT_NAME
from pipeline.installing.service import Service, State
from pipeline.linux import journal, systemd
from pipeline.linux.systemd import Unit, look
from pipeline.machine import Changes

_NONE = "not installed: systemd does not run this machine; run: panicpipe run"


class SystemdService(Service):
    """The verbs, as systemd has them."""

    def start(self) -> None:
        self._check()
        self.begin(again=False)

    def restart(self) -> None:
        self._check()
        self.begin(again=True)

    def stop(self) -> None:
        systemd.refuse_missing(self._machine)
        if linux_layout.installed(self._machine) is not None:
            systemd.stop(self._changes, UNIT_NAME)

    def state(self) -> State:
        there = self._machine.place(UNIT).is_file()
        unit = look(self._machine, UNIT_NAME)
        return State(
            installed=there,
            loaded=None if unit is None else unit.there,
            pid=None if unit is None else unit.pid,
            starts_at_boot=None if unit is None else unit.at_boot,
            words=_words(unit, there=there) if there or systemd.is_there(self._machine) else _NONE,
        )

    def logs(self, lines: int, *, follow: bool) -> Iterator[str]:
        return journal.lines(self._machine, UNIT_NAME, lines, follow=follow)

    def _check(self) -> None:
        """Refuse a configuration that would end a service that runs."""
        systemd.refuse_missing(self._machine)
        if not self._changes.dry_run and linux_layout.installed(self._machine) is None:
            raise MachineError(f"{UNIT}: is not there; run: sudo panicpipe install")
        if self._command is not None:
            self._command.check(self._changes)

    def begin(self, *, again: bool, dumps: str | None = None) -> None:
        """Open what the configuration names, and start the service, or end it and start it."""
        linux_directories.put(self._changes, dumps)
        systemd.reload(self._changes)
        try:
            (systemd.restart if again else systemd.start)(self._changes, UNIT_NAME)
            self._prove()
        except MachineError as fault:
            raise MachineError(f"{fault}; its log ends with: {self._last_words()}") from fault

    def _prove(self) -> None:
        """Wait until the daemon says itself that it works; systemd believes it to be ready."""
        if self._changes.dry_run:
            return
        waiting = self._waiting()
        unit = look(self._machine, UNIT_NAME)
        while unit is not None and unit.works and not self._answers():
            if not waiting.is_left():
                break
            unit = look(self._machine, UNIT_NAME)
        if unit is None or not unit.works or not self._answers():
            raise MachineError(f"the service does not stay up ({_words(unit, there=True)})")
        self._changes.tell(f"runs   {UNIT_NAME}, pid {unit.pid}")

    def _answers(self) -> bool:
        return self._command is None or self._command.runs()


def _words(unit: Unit | None, *, there: bool) -> str:
    if not there:
        return "not installed; run: sudo panicpipe install"
    if unit is None:
        return "of systemd, which does not answer"
    boot = "starts with the machine" if unit.at_boot else "does not start with the machine"
    if unit.works:
        return f"running, pid {unit.pid}; {boot}"
    if unit.active == "inactive":
        return f"stopped; {boot}; run: sudo panicpipe service start"
    why = "" if unit.result == "success" else f" ({printable(unit.result)}{_code(unit.status)})"
    return f"{printable(unit.active)}{why}; {boot}; see: sudo panicpipe service logs"


def _code(status: int | None) -> str:
    if status is None:
        return ""
    return f" {-status}" if status < 0 else f", exit code {status}"


def installed_service(changes: Changes) -> SystemdService:
    """Return the service as it is installed, with the Python that it runs from."""
    unit = linux_layout.installed(changes.machine)
    python = None if unit is None else linux_layout.program(unit)
    command = None if python is None else Command(changes.machine, python, CONFIGURATION)
    return SystemdService(changes, command)
