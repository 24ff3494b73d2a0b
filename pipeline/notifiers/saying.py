"""Gathers what apprise says in its log: of its details, which hold secrets, nothing."""

from __future__ import annotations

import logging

from pipeline.redaction import without_secrets


class Saying(logging.Handler):
    """Keeps apprise's warnings, and keeps them from every other log."""

    def __init__(self, url: str) -> None:
        super().__init__(logging.WARNING)
        self._url = url
        self._said: list[str] = []
        self._logger = logging.getLogger("apprise")

    @property
    def said(self) -> str:
        return without_secrets(" ".join(dict.fromkeys(self._said)), [self._url])

    def note(self, text: str) -> None:
        self._said.append(text)

    def emit(self, record: logging.LogRecord) -> None:
        self.note(record.getMessage())

    def __enter__(self) -> Saying:
        self._before = self._logger.level, self._logger.propagate
        self._logger.setLevel(logging.WARNING)
        self._logger.propagate = False
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.level, self._logger.propagate = self._before
