"""The command `panicpipe` of an installation."""

from __future__ import annotations


def wrapper(python: str) -> bytes:
    """Return a script that runs what the service runs, in the same way."""
    quoted = "'" + python.replace("'", "'\\''") + "'"
    return f'#!/bin/sh\nexec {quoted} -I -m pipeline "$@"\n'.encode()
