"""How the daemon is told to stop, and that it does."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import threading
from collections.abc import Callable
from functools import partial

from pipeline.daemon import signals

_log = logging.getLogger("panicpipe.daemon")

_STOP_LIMIT = 4.0
"""Seconds after which the process leaves, whatever hangs: the journal can bear it."""


def hear(
    loop: asyncio.AbstractEventLoop, stop: Callable[[], None], asked: Callable[[], None]
) -> None:
    """Have `stop` called in the loop on SIGTERM, SIGINT or the end of our terminal.

    `asked` is called in another thread, also where the loop is stuck.
    """
    surely = partial(_stop_surely, partial(call, loop, stop), asked)
    calls: dict[int, Callable[[], None]] = {signal.SIGTERM: surely, signal.SIGINT: surely}
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # nohup
        calls[signal.SIGHUP] = surely if _has_terminal() else partial(call, loop, _shrug)
    signals.listen(calls)


def call(loop: asyncio.AbstractEventLoop, what: Callable[[], object]) -> None:
    """Have it called in the loop, from another thread, also after the loop has ended."""
    with contextlib.suppress(RuntimeError):
        loop.call_soon_threadsafe(what)


def _stop_surely(stop: Callable[[], None], asked: Callable[[], None]) -> None:
    """Stop, and leave in any case; called in the thread that hears signals."""
    last_resort = threading.Timer(_STOP_LIMIT, os._exit, [0])
    last_resort.daemon = True
    last_resort.start()
    stop()
    asked()


def _shrug() -> None:
    """Do nothing on SIGHUP, somebody's habit: stopping would leave the service stopped."""
    _log.info("SIGHUP: the configuration is read at the start only; restart to have it read")


def _has_terminal() -> bool:
    return any(os.isatty(descriptor) for descriptor in range(3))
