"""The daemon's log: one line per event, on standard error, where launchd puts it into a file."""

from __future__ import annotations

import logging
import os
import select
import time
from pathlib import Path

from pipeline.daemon.log_file import LogFile
from pipeline.display import printable

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"
_STDERR = 2
_PATIENCE_MS = 200


def begin(file: Path | None = None) -> None:
    """Log to standard error from now on; of other people's packages only what is wrong.

    With a file, standard error is that file from now on, also after it has been renamed.
    """
    log = None if file is None else LogFile(file)
    formatter = _OneLine(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler = _StandardError(log)
    handler.setFormatter(formatter)
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.getLogger("panicpipe").setLevel(logging.INFO)


class _OneLine(logging.Formatter):
    """Lets nothing through that a terminal would act upon; a traceback has lines of its own."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  logging's name
        return _safe(super().formatMessage(record))

    def formatException(self, ei: object) -> str:  # noqa: N802
        text = super().formatException(ei)  # type: ignore[arg-type]  # whatever logging gives
        return "\n".join(_safe(line) for line in text.splitlines())


class _StandardError(logging.Handler):
    """Writes each line at once; where that fails or nobody reads, the line is lost, not we."""

    def __init__(self, file: LogFile | None = None) -> None:
        super().__init__()
        self._file = file

    def emit(self, record: logging.LogRecord) -> None:
        try:
            if self._file is not None:
                self._file.keep_open()
            line = f"{self.format(record)}\n".encode("utf-8", "backslashreplace")
            while line and _takes_more():
                line = line[os.write(_STDERR, line) :]
        except Exception:  # noqa: S110  there is no other place to tell it
            pass


def _takes_more() -> bool:
    """False where a pipe's reader has stopped reading: waiting for it would stop us too."""
    poll = select.poll()
    poll.register(_STDERR, select.POLLOUT)
    return bool(poll.poll(_PATIENCE_MS))


def _safe(text: str) -> str:
    """Escape; what is escaped already stays as it is."""
    return printable(text).replace("\\\\", "\\")
