"""A change of the machine that is begun is ended, whether anybody watches or not."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from pipeline.cli import output


def tell(text: str, style: str | None = None) -> None:
    """Print one line; where nobody reads any more, such as a `head`, nothing from now on."""
    try:
        output.say(text, style)
    except OSError:  # EPIPE of a pipe, EIO of a terminal that is gone
        output.silence()


@contextmanager
def unwatched() -> Iterator[None]:
    """Go on where the terminal is closed, as a network connection's is that breaks."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGHUP, before)
