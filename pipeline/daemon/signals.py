"""Hears signals in a thread of its own.

The main thread may be waiting for a slow disk or for a lock on the journal, where it would hear
nothing until that is over; and stopping must not take longer for it.
"""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Mapping


def listen(calls: Mapping[int, Callable[[], None]]) -> None:
    """From now on call these, in another thread, when their signals come. Once in a process."""
    hears, tells = os.pipe()
    os.set_blocking(tells, False)
    signal.set_wakeup_fd(tells, warn_on_full_buffer=False)
    for number in calls:
        signal.signal(number, lambda *_: None)
    threading.Thread(target=_serve, args=(hears, calls), name="signals", daemon=True).start()


def _serve(hears: int, calls: Mapping[int, Callable[[], None]]) -> None:
    while numbers := os.read(hears, 64):
        for number in numbers:
            if number in calls:
                calls[number]()
