"""A watch over the dump server, with all that it finds given to it, and what it told."""

from __future__ import annotations

from pathlib import Path

from pipeline.daemon.asking import Asking
from pipeline.daemon.server_watch import ServerWatch
from pipeline.journal import Journal
from pipeline.machine import Machine
from pipeline.macos.kdumpd import Kdumpd
from tests.daemon.desks import Remembering

NOW = 1_800_000_000.0


class Known(Asking[Kdumpd | None]):
    """What launchd says, known at once, or never."""

    def __init__(self) -> None:
        super().__init__(lambda: None)
        self.asked = 0
        self.slow = False
        self.says: Kdumpd | None = None

    def begin(self) -> None:
        self.asked += 1

    @property
    def under_way(self) -> bool:
        return self.slow

    @property
    def answer(self) -> Kdumpd | None:
        return None if self.slow else self.says


class Watched:
    """A watch, what it finds, and what it told."""

    def __init__(
        self,
        journal: Journal | None = None,
        *,
        expected: bool = True,
        machine: Machine | None = None,
    ) -> None:
        self.journal = journal or Journal.in_memory()
        self.desk = Remembering(self.journal)
        self.found: bool | None = True
        self.launchd = Known()
        self.watch = ServerWatch(
            self.journal,
            self.desk,
            1069,
            expected=expected,
            machine=machine or Machine(Path("/nonexistent"), "darwin"),
            listens=lambda _: self.found,
            asking=self.launchd,
        )

    def looks(self, *found: bool | None, now: float = NOW) -> list[str]:
        """Look so often; returns what was told by then."""
        for each in found:
            self.found = each
            self.watch.look(now)
        return self.desk.events()
