"""The service on a Mac: a LaunchDaemon."""

from __future__ import annotations

import os
from collections.abc import Iterator

from pipeline.daemon.state_directory import holder, running
from pipeline.errors import AlreadyRunning, MachineError
from pipeline.installing import mac_plist
from pipeline.installing.command import Command
from pipeline.installing.configured import places
from pipeline.installing.log_lines import followed, last_lines
from pipeline.installing.mac_layout import CONFIGURATION, LABEL, LOG, PLIST, STATE
from pipeline.installing.service import Service, State
from pipeline.machine import Changes, Machine
from pipeline.macos import launchd_verbs
from pipeline.macos.launchd import Job, look


class LaunchdService(Service):
    """The verbs, as launchd has them."""

    def start(self) -> None:
        self._check()
        self.begin(ended=False)

    def stop(self) -> None:
        self.end()
        launchd_verbs.disable(self._changes, LABEL)

    def restart(self) -> None:
        self._check()
        try:
            self.end()
            self._start()
        except KeyboardInterrupt:
            self._end_and_start()
            raise
        self._prove()

    def state(self) -> State:
        job, there = seen(self._machine), self._machine.place(PLIST).is_file()
        starts = there if job.disabled is None else there and not job.disabled
        return State(
            installed=there,
            loaded=job.loaded,
            pid=job.pid,
            starts_at_boot=None if job.loaded is None else starts,
            words=_words(there, job.loaded, job.pid, starts=starts),
        )

    def logs(self, lines: int, *, follow: bool) -> Iterator[str]:
        place = self._machine.place(LOG)
        try:
            yield from followed(place, lines) if follow else last_lines(place, lines)
        except FileNotFoundError:
            raise MachineError(f"{LOG}: there is no log yet") from None
        except OSError as error:
            raise MachineError(f"{LOG}: cannot be read: {error.strerror}; use sudo") from error

    def begin(self, *, ended: bool) -> None:
        """Have it run as it is installed; `ended`: it was before, which a dry run only tells."""
        if self._changes.dry_run and not ended and self._works():
            return
        self._start()
        self._prove()

    def _start(self) -> None:
        launchd_verbs.start(self._changes, LABEL, PLIST, patience=self._waiting())

    def _end_and_start(self) -> None:
        """Leave nothing stopped that was begun to be started anew.

        It is ended again, for launchd may still be about to do that. MachineError where somebody
        insists.
        """
        self._changes.tell("interrupted: it is started first; Ctrl-C again leaves it as it is")
        try:
            self.end()
            self._start()
        except KeyboardInterrupt:
            raise MachineError(
                "interrupted: the service may be stopped; run: sudo panicpipe service start"
            ) from None
        self._changes.tell(f"started {LABEL}")

    def end(self) -> None:
        """Have it end until the machine starts again."""
        launchd_verbs.stop(self._changes, LABEL, patience=self._waiting())

    def _check(self) -> None:
        """Refuse what would end a service that runs, or start none."""
        if not self._changes.dry_run and not self._machine.place(PLIST).is_file():
            raise MachineError(f"{PLIST}: is not there; run: sudo panicpipe install")
        refuse_another(self._machine)
        if self._command is not None:
            self._command.check(self._changes)

    def _works(self) -> bool:
        job, there = seen(self._machine), self._machine.place(PLIST).is_file()
        return there if job.loaded is None else job.pid is not None and not job.disabled

    def _prove(self) -> None:
        """Wait until the daemon has a process and says itself that it works."""
        if self._changes.dry_run:
            return
        waiting = self._waiting()
        pid = launchd_verbs.await_pid(self._changes, LABEL, patience=waiting)
        while pid is not None and self._command is not None and not self._command.runs():
            pid = look(self._machine, LABEL).pid
            if not waiting.is_left():
                pid = None
        if pid is None:
            raise MachineError(
                f"the service does not stay up; its log ends with: {self._last_words()}"
            )
        self._changes.tell(f"runs   {LABEL}, pid {pid}")


def refuse_another(machine: Machine) -> None:
    """Refuse to go on beside a daemon that somebody has started: it holds the journal."""
    state = machine.place(places(machine, CONFIGURATION).state or STATE)
    try:
        if not running(state):
            return
    except OSError:
        return  # only root may know
    job, pid = look(machine, LABEL), holder(state)
    if job.loaded is not None and job.pid != pid:
        raise AlreadyRunning(
            f"a daemon that is not the service (pid {pid}) uses {state}; stop it first: with "
            "Ctrl-C, or `sudo launchctl bootout system/LABEL` where launchd has started it"
        )


def seen(machine: Machine) -> Job:
    """Ask launchd, which says to others than root that there is no such job."""
    if machine.real and os.geteuid() != 0:
        return Job(label=LABEL, loaded=None, pid=None, last_exit=None, disabled=None)
    return look(machine, LABEL)


def _words(there: bool, loaded: bool | None, pid: int | None, *, starts: bool) -> str:
    if not there:
        return "not installed; run: sudo panicpipe install"
    if loaded is None:
        return "installed; whether it runs, launchd tells root only: put sudo before the command"
    boot = "starts with the Mac" if starts else "does not start with the Mac"
    if not loaded:
        return f"stopped; {boot}; run: sudo panicpipe service start"
    if pid is None:
        return f"loaded, but not running; {boot}; see: sudo panicpipe service logs"
    return f"running, pid {pid}; {boot}"


def installed_service(changes: Changes) -> LaunchdService:
    """Return the service as it is installed, with the Python that it runs from."""
    plist = mac_plist.installed(changes.machine)
    python = None if plist is None else mac_plist.program(plist)
    command = None if python is None else Command(changes.machine, python, CONFIGURATION)
    return LaunchdService(changes, command)
