"""The small, single-threaded, pre-loaded parent of all workers.

A fresh interpreter with the heavy imports takes a quarter of a second, a fork of this process
milliseconds. It holds no dump and reads nothing hostile. When the daemon dies it kills every
worker and leaves. The daemon speaks to it over one socket; see `Fork`, `Kill`, `Exited`.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import sys
from typing import NoReturn

import msgspec

from pipeline.errors import WireError
from pipeline.workers.wire import Channel, Decoder

IGNORED = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_PR_SET_PDEATHSIG = 1  # prctl(2)


class Fork(msgspec.Struct, frozen=True, tag="fork"):
    """Start a worker on the socket that comes with this."""

    token: int


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """End a worker at once. Harmless when it has ended by itself."""

    token: int


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """A worker has ended; `status` as os.waitstatus_to_exitcode gives it."""

    token: int
    status: int


Order = Fork | Kill
ORDERS: Decoder[Order] = Decoder(Order)
REPORTS: Decoder[Exited] = Decoder(Exited)


def main() -> NoReturn:
    """Run on the socket whose descriptor is the first argument; the rest are modules to load."""
    control = socket.socket(fileno=int(sys.argv[1]))
    for ignored in IGNORED:
        signal.signal(ignored, signal.SIG_IGN)  # the daemon decides; its death is our end
    signal.pthread_sigmask(signal.SIG_UNBLOCK, IGNORED)  # they were blocked while we started
    for name in ("pipeline.workers.worker", *sys.argv[2:]):
        # A stage that cannot be imported fails in the worker, where its dump's record says so.
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # keeps the collector from touching pages that all workers share
    try:
        _Nursery(control).serve()
    finally:
        os._exit(0)


class _Nursery:
    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._orders: Channel[Order] = Channel(control, ORDERS)
        self._workers: dict[int, int] = {}  # pid -> token
        self._waker_read, self._waker_write = os.pipe()
        os.set_blocking(self._waker_write, False)
        os.set_blocking(self._waker_read, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waker_write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Obey until the daemon is gone, then leave no worker behind."""
        watched: list[socket.socket | int] = [self._control, self._waker_read]
        try:
            while True:
                readable, _, _ = select.select(watched, [], [])
                if self._waker_read in readable:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._waker_read, 4096)
                    self._reap()
                if self._control in readable:
                    self._obey_all()
        except WireError:
            pass
        finally:
            for pid in self._workers:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)

    def _obey_all(self) -> None:
        order = self._orders.receive()
        while order is not None:
            if isinstance(order, Fork):
                self._fork(order.token, self._orders.descriptor())
            else:
                self._kill(order.token)
            order = self._orders.receive(0)

    def _fork(self, token: int, descriptor: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_worker(descriptor)
        os.close(descriptor)
        self._workers[pid] = token

    def _become_worker(self, descriptor: int) -> NoReturn:
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.close(self._waker_read)
            os.close(self._waker_write)
            _die_with_parent()
            from pipeline.workers import worker

            worker.main(socket.socket(fileno=descriptor))
        finally:
            os._exit(1)

    def _kill(self, token: int) -> None:
        for pid, of in self._workers.items():
            if of == token:
                os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still its own

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            token = self._workers.pop(pid, None)
            if token is not None:
                self._orders.send(Exited(token, os.waitstatus_to_exitcode(status)))


def _die_with_parent() -> None:
    """Ask Linux for a kill when the nursery dies; elsewhere the closed wire ends the worker."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
