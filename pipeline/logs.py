"""The daemon's log: one line per event, on standard error, where launchd puts it into a file."""

from __future__ import annotations

import logging
import time

_FORMAT = "%(asctime)s %(levelname)-7s %(message)s"


def begin() -> None:
    """Log to standard error from now on. Times are UTC."""
    formatter = logging.Formatter(_FORMAT, datefmt="%Y-%m-%dT%H:%M:%SZ")
    formatter.converter = time.gmtime
    handler = logging.StreamHandler()
    handler.setFormatter(formatter)
    root = logging.getLogger("panicpipe")
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    root.propagate = False
