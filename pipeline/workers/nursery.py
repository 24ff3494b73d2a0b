"""The small, single-threaded, pre-loaded parent of all workers.

A fresh interpreter with the heavy imports takes a quarter of a second, a fork of this process
milliseconds. It holds no dump and reads nothing hostile. When the daemon dies it kills every
worker and leaves. It keeps its user, so that no worker can signal it, and weighs the
workers. The daemon speaks to it over one socket; see `Fork`, `Kill`, `Exited`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import sys
import time
from typing import NoReturn

import msgspec

from pipeline.confinement import Terms
from pipeline.confinement.confine import harden, trial
from pipeline.confinement.footprint import weigh
from pipeline.confinement.loading import LOADED_LATE
from pipeline.confinement.processes import die_with_parent
from pipeline.errors import WireError
from pipeline.workers.wire import Channel, Decoder

IGNORED = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
_WEIGH_EVERY = 1.0
"""Seconds between two looks at how much memory the workers use."""


class Fork(msgspec.Struct, frozen=True, tag="fork"):
    """Start a worker on the socket that comes with this, and on what takes its words."""

    token: int


class Kill(msgspec.Struct, frozen=True, tag="kill"):
    """End a worker at once. Harmless when it has ended by itself."""

    token: int


class Exited(msgspec.Struct, frozen=True, tag="exited"):
    """A worker has ended; `status` as os.waitstatus_to_exitcode gives it."""

    token: int
    status: int
    too_heavy: bool = False
    """Whether it was ended for the memory that it used."""


class Weakness(msgspec.Struct, frozen=True, tag="weakness"):
    """What workers cannot give up here, in one line."""

    text: str


Order = Fork | Kill
Report = Exited | Weakness
ORDERS: Decoder[Order] = Decoder(Order)
REPORTS: Decoder[Report] = Decoder(Report)


def main() -> NoReturn:
    """Run on the socket whose descriptor is the first argument.

    The second is the terms for workers, as JSON; the rest are modules to load.
    """
    control = socket.socket(fileno=int(sys.argv[1]))
    terms = msgspec.json.decode(sys.argv[2], type=Terms)
    harden()  # else workers of the same user could write into our memory
    for ignored in IGNORED:
        signal.signal(ignored, signal.SIG_IGN)  # the daemon decides; its death is our end
    signal.pthread_sigmask(signal.SIG_UNBLOCK, IGNORED)  # they were blocked while we started
    for name in ("pipeline.workers.worker", *LOADED_LATE, *sys.argv[3:]):
        # A stage that cannot be imported fails in the worker, where its dump's record says so.
        with contextlib.suppress(Exception, SystemExit):
            importlib.import_module(name)
    gc.collect()
    gc.freeze()  # keeps the collector from touching pages that all workers share
    try:
        _Nursery(control, terms).serve()
    finally:
        os._exit(0)


class _Nursery:
    def __init__(self, control: socket.socket, terms: Terms) -> None:
        self._terms = terms
        self._weigh = weigh()
        self._too_heavy: set[int] = set()
        self._next_weighing = 0.0
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
            weakness = trial(self._terms)
            if weakness is not None:
                self._orders.send(Weakness(weakness))
            while True:
                patience = _WEIGH_EVERY if self._workers else None
                readable, _, _ = select.select(watched, [], [], patience)
                if self._waker_read in readable:
                    with contextlib.suppress(BlockingIOError):
                        os.read(self._waker_read, 4096)
                    self._reap()
                if self._control in readable:
                    self._obey_all()
                self._weigh_all()
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
                self._fork(order.token, self._orders.descriptor(), self._orders.descriptor())
            else:
                self._kill(order.token)
            order = self._orders.receive(0)

    def _fork(self, token: int, wire: int, words: int) -> None:
        pid = os.fork()
        if pid == 0:
            self._become_worker(wire, words)
        os.close(wire)
        os.close(words)
        self._workers[pid] = token

    def _become_worker(self, wire: int, words: int) -> NoReturn:
        try:
            os.dup2(words, 1)
            os.dup2(words, 2)
            os.close(words)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            self._control.close()
            os.close(self._waker_read)
            os.close(self._waker_write)
            _die_with_parent()
            from pipeline.workers import worker

            worker.main(socket.socket(fileno=wire), self._terms, _die_with_parent)
        finally:
            os._exit(1)

    def _kill(self, token: int) -> None:
        for pid, of in self._workers.items():
            if of == token:
                os.kill(pid, signal.SIGKILL)  # not reaped yet, so the number is still its own

    def _weigh_all(self) -> None:
        """End what uses too much memory: a limit that macOS has not, and Linux only roughly."""
        now = time.monotonic()
        if now < self._next_weighing:
            return
        self._next_weighing = now + _WEIGH_EVERY
        for pid in self._workers:
            if (self._weigh(pid) or 0) > self._terms.limits.memory:
                self._too_heavy.add(pid)
                os.kill(pid, signal.SIGKILL)

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            token = self._workers.pop(pid, None)
            if token is not None:
                code = os.waitstatus_to_exitcode(status)
                self._orders.send(Exited(token, code, pid in self._too_heavy))
            self._too_heavy.discard(pid)


def _die_with_parent() -> None:
    """Ask Linux for a kill when the nursery dies; elsewhere the closed wire ends the worker."""
    die_with_parent()
