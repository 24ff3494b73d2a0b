"""Ends the daemon with SIGKILL before or after one of the journal's writes; tests only.

`PANICPIPE_TEST_KILL="before steps.intend"`; found through PYTHONPATH.
"""

from __future__ import annotations

import functools
import os
import signal
import sys
from collections.abc import Callable
from typing import Any


def _arm(order: str) -> None:
    from pipeline.journal.dumps import Dumps
    from pipeline.journal.outbox import OutboxTable
    from pipeline.journal.steps import Steps

    when, _, what = order.partition(" ")
    table, _, method = what.partition(".")
    cls: Any = {"dumps": Dumps, "steps": Steps, "outbox": OutboxTable}[table]
    original: Callable[..., Any] = getattr(cls, method)

    @functools.wraps(original)
    def killing(*arguments: Any, **named: Any) -> Any:
        if when == "after":
            original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)

    setattr(cls, method, killing)


if os.environ.get("PANICPIPE_TEST_KILL") and "run" in sys.orig_argv:
    _arm(os.environ["PANICPIPE_TEST_KILL"])
