"""The command `panicpipe` of an installation."""

from __future__ import annotations

import os


def wrapper(python: str) -> bytes:
    """Return a script that runs what the service runs, in the same way."""
    quoted = b"'" + os.fsencode(python).replace(b"'", b"'\\''") + b"'"
    return b"#!/bin/sh\nexec " + quoted + b' -I -m pipeline "$@"\n'
