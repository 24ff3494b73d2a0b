"""Notifiers that answer, and ask for pauses, as services do. The child imports them by name."""

from __future__ import annotations

import os
from dataclasses import dataclass

from pipeline import Message, Notifier, TryAgain


@dataclass(frozen=True, kw_only=True)
class Asks(Notifier):
    """Asks for a pause of `after` seconds until `file` is there, which it makes; then answers."""

    answer: str = "taken"
    after: float | None = None
    file: str = ""

    def send(self, message: Message) -> str:
        if self.after is not None and not os.path.exists(self.file):
            with open(self.file, "w"):
                pass
            raise TryAgain("too many", after=self.after)
        return self.answer
