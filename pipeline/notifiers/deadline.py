"""An end to whatever a library does, however slowly its peer answers.

Time-outs of sockets begin anew with each byte: a server that sends one a second never meets them.
"""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator

_SIGNAL = signal.SIGUSR2
"""Not SIGALRM: that one ends the process of the sender itself."""


class TooLong(BaseException):
    """Time is over. No Exception, so that no library takes it for a fault to go on after."""


@contextlib.contextmanager
def within(seconds: float) -> Iterator[None]:
    """Raise TooLong in the main thread after so many seconds; elsewhere there is no limit."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    under_way = True

    def end(*_: object) -> None:
        if under_way:
            raise TooLong

    before = signal.signal(_SIGNAL, end)
    main = threading.main_thread().ident or 0
    clock = threading.Timer(seconds, signal.pthread_kill, (main, _SIGNAL))
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        under_way = False
        clock.cancel()
        clock.join()
        signal.signal(_SIGNAL, before)
