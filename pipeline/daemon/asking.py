"""Asks the system something that takes its time, and goes on meanwhile."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Asking(Generic[T]):
    """One question at a time, in a thread that keeps nobody from leaving."""

    def __init__(self, question: Callable[[], T]) -> None:
        """Take what asks; it must end by itself, and what it raises means no answer."""
        self._question = question
        self._thread: threading.Thread | None = None
        self._answer: T | None = None

    def begin(self) -> None:
        """Ask, unless that is under way."""
        if not self.under_way:
            self._answer = None
            self._thread = threading.Thread(target=self._ask, daemon=True)
            self._thread.start()

    @property
    def under_way(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    @property
    def answer(self) -> T | None:
        """What came of the last question; None while nothing has, or where nothing did."""
        return self._answer

    def _ask(self) -> None:
        try:
            self._answer = self._question()
        except Exception:  # whoever asked treats it as unknown
            self._answer = None
