"""Ends or hinders the daemon at a chosen place; tests only. Found through PYTHONPATH.

`PANICPIPE_TEST_KILL="before steps.intend 2"`: SIGKILL before or after the second such write.
`PANICPIPE_TEST_SLOW_SYNC=20`: a disk that takes so many seconds for every sync of the daemon.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
import time
from collections.abc import Callable
from typing import Any


def _kill(order: str) -> None:
    from pipeline.journal.dumps import Dumps
    from pipeline.journal.outbox import OutboxTable
    from pipeline.journal.removals import Removals
    from pipeline.journal.steps import Steps

    when, what, count = order.split()
    table, _, method = what.partition(".")
    calls = iter(range(1, int(count)))
    cls: Any = {"dumps": Dumps, "steps": Steps, "outbox": OutboxTable, "removals": Removals}[table]
    original: Callable[..., Any] = getattr(cls, method)

    @functools.wraps(original)
    def killing(*arguments: Any, **named: Any) -> Any:
        now = next(calls, None) is None
        if now and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = original(*arguments, **named)
        if now:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    setattr(cls, method, killing)


def _slow_down(seconds: float) -> None:
    from pipeline import durability

    durability.full_sync = lambda *_: time.sleep(seconds)


if "run" in sys.orig_argv:
    if "PANICPIPE_TEST_KILL" in os.environ:
        _kill(os.environ["PANICPIPE_TEST_KILL"])
    if "PANICPIPE_TEST_SLOW_SYNC" in os.environ:
        _slow_down(float(os.environ["PANICPIPE_TEST_SLOW_SYNC"]))
