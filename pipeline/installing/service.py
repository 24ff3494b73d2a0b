"""The service, whoever keeps it running: launchd on a Mac, systemd on Linux."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.errors import MachineError
from pipeline.installing.command import Command
from pipeline.machine import Changes, Machine
from pipeline.machine.patience import Patience

_LAST_LINES = 5


@dataclass(frozen=True, kw_only=True)
class State:
    """What the system says of the service. None: it gave no answer that could be read."""

    installed: bool
    loaded: bool | None
    pid: int | None
    starts_at_boot: bool | None
    words: str
    """One line for people."""


class Service(ABC):
    """The verbs. Each raises MachineError, with what to do, where the system refuses."""

    def __init__(
        self,
        changes: Changes,
        command: Command | None = None,
        waiting: Callable[[], Patience] = Patience,
    ) -> None:
        """`command` tells whether the daemon really works; without it the system's word counts."""
        self._changes = changes
        self._command = command
        self._waiting = waiting

    @property
    def _machine(self) -> Machine:
        return self._changes.machine

    @abstractmethod
    def start(self) -> None:
        """Have it run, now and after every restart of the machine; it may run already."""

    @abstractmethod
    def stop(self) -> None:
        """End it until it is started again, also over a restart of the machine."""

    @abstractmethod
    def restart(self) -> None:
        """End it and start it as it is installed now."""

    @abstractmethod
    def state(self) -> State:
        """Look; changes nothing."""

    @abstractmethod
    def logs(self, lines: int, *, follow: bool) -> Iterator[str]:
        """Return the last lines of its log, and with `follow` those that come, without end."""

    def _last_words(self) -> str:
        """Return what its log ends with, in one line."""
        try:
            return " | ".join(self.logs(_LAST_LINES, follow=False)) or "nothing"
        except MachineError:
            return "nothing"
