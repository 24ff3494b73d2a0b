"""The service on a Mac: a LaunchDaemon."""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Callable, Iterator

from pipeline.display import printable
from pipeline.errors import MachineError
from pipeline.installing import mac_plist
from pipeline.installing.command import Command
from pipeline.installing.mac_layout import CONFIGURATION, LABEL, LOG, PLIST
from pipeline.installing.service import State
from pipeline.machine import Changes, Machine
from pipeline.macos import launchd_verbs
from pipeline.macos.launchd import look
from pipeline.macos.launchd_verbs import Patience

_LAST_LINES = 5
_EVERY = 1.0


class LaunchdService:
    """The verbs, as launchd has them."""

    def __init__(
        self,
        changes: Changes,
        command: Command | None = None,
        waiting: Callable[[], Patience] = Patience,
    ) -> None:
        """`command` tells whether the daemon really works; without it a process is enough."""
        self._changes = changes
        self._command = command
        self._waiting = waiting

    @property
    def _machine(self) -> Machine:
        return self._changes.machine

    def start(self) -> None:
        self._refuse_missing()
        launchd_verbs.start(self._changes, LABEL, PLIST, patience=self._waiting())
        self._prove()

    def stop(self) -> None:
        launchd_verbs.stop(self._changes, LABEL, patience=self._waiting())
        launchd_verbs.disable(self._changes, LABEL)

    def restart(self) -> None:
        self._refuse_missing()
        launchd_verbs.restart(self._changes, LABEL, PLIST, patience=self._waiting())
        self._prove()

    def state(self) -> State:
        job, there = look(self._machine, LABEL), self._machine.place(PLIST).is_file()
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
            with open(place, encoding="utf-8", errors="backslashreplace") as file:
                yield from (printable(line.rstrip("\n")) for line in deque(file, lines))
                while follow:
                    line = file.readline()
                    if line:
                        yield printable(line.rstrip("\n"))
                    elif _was_renamed(place, file.fileno()):
                        break
                    else:
                        time.sleep(_EVERY)
        except FileNotFoundError:
            raise MachineError(f"{LOG}: there is no log yet") from None
        except OSError as error:
            raise MachineError(f"{LOG}: cannot be read: {error.strerror}; use sudo") from error
        if follow:
            yield from self.logs(1 << 20, follow=True)

    def _refuse_missing(self) -> None:
        if not self._changes.dry_run and not self._machine.place(PLIST).is_file():
            raise MachineError(f"{PLIST}: is not there; run: sudo panicpipe install")

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
            raise MachineError(f"the service does not stay up; its log ends with: {self._end()}")
        self._changes.tell(f"runs   {LABEL}, pid {pid}")

    def _end(self) -> str:
        try:
            return " | ".join(self.logs(_LAST_LINES, follow=False)) or "nothing"
        except MachineError:
            return "nothing"


def _words(there: bool, loaded: bool | None, pid: int | None, *, starts: bool) -> str:
    if not there:
        return "not installed; run: sudo panicpipe install"
    if loaded is None:
        return "launchd does not say whether it runs; use sudo"
    boot = "starts with the Mac" if starts else "does not start with the Mac"
    if not loaded:
        return f"stopped; {boot}; run: sudo panicpipe service start"
    if pid is None:
        return f"loaded, but not running; {boot}; see: sudo panicpipe service logs"
    return f"running, pid {pid}; {boot}"


def _was_renamed(place: os.PathLike[str], fd: int) -> bool:
    try:
        return os.stat(place).st_ino != os.fstat(fd).st_ino
    except OSError:
        return False  # between two names; the next look tells


def installed_service(changes: Changes) -> LaunchdService:
    """Return the service as it is installed, with the Python that it runs from."""
    plist = mac_plist.installed(changes.machine)
    python = None if plist is None else mac_plist.program(plist)
    command = None if python is None else Command(changes.machine, python, CONFIGURATION)
    return LaunchdService(changes, command)
