"""The service, whoever keeps it running: launchd on a Mac, systemd on Linux."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, kw_only=True)
class State:
    """What the system says of the service. None: it gave no answer that could be read."""

    installed: bool
    loaded: bool | None
    pid: int | None
    starts_at_boot: bool | None
    words: str
    """One line for people."""


class Service(Protocol):
    """The verbs. Each raises MachineError, with what to do, where the system refuses."""

    def start(self) -> None:
        """Have it run, now and after every restart of the machine; it may run already."""

    def stop(self) -> None:
        """End it until it is started again, also over a restart of the machine."""

    def restart(self) -> None:
        """End it and start it as it is installed now."""

    def state(self) -> State:
        """Look; changes nothing."""

    def logs(self, lines: int, *, follow: bool) -> Iterator[str]:
        """Return the last lines of its log, and with `follow` those that come, without end."""
