"""The daemon's side of the workers: start the nursery, fork, converse, kill."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence

import msgspec

from pipeline.confinement import Limits, Terms, environment
from pipeline.display import one_line
from pipeline.errors import WireError
from pipeline.workers.deaths import WorkerDied, WorkerLost, cause
from pipeline.workers.nursery import IGNORED, REPORTS, Exited, Fork, Kill
from pipeline.workers.wire import UP, Down, Job, LineBuffer, Tools, Up, encode
from pipeline.workers.words import Words

_log = logging.getLogger("panicpipe.workers")

_READ = 1 << 16
_STDERR = 2
_SEND_WAIT = 10.0
"""Seconds after which a worker that does not read its few messages counts as gone."""
_EXIT_WAIT = 5.0
"""Seconds that a worker's death may take to be reported once its wire is closed."""
_LAST_WORDS = 0.5
"""Seconds in which all that a dead worker has said is taken from its wire."""
_PARENT_WAIT = 1.0
"""Seconds that the workers' parent may take to end them all and leave."""


class _Gone(WireError):
    """Nothing comes over the wire any more."""


class Nursery:
    """Starts workers; restarts their parent when that has died."""

    def __init__(self, preload: Sequence[str] = (), terms: Terms | None = None) -> None:
        """Start none yet; `preload` names modules, `terms` say what workers give up."""
        self._preload = tuple(preload)
        self._terms = terms or Terms()
        self._weaknesses: set[str] = set()
        self._control: socket.socket | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._tokens = itertools.count(1)
        self._exits: dict[int, asyncio.Future[Exited]] = {}
        self._listener: asyncio.Task[None] | None = None

    @property
    def limits(self) -> Limits:
        return self._terms.limits

    async def start(self, tools: Tools, job: Job, descriptor: int | None) -> Session:
        """Fork a worker and give it its job and, where that needs it, the dump's descriptor."""
        if self._control is None:
            self._start_parent()
        ours, theirs = socket.socketpair()
        token = next(self._tokens)
        self._exits[token] = asyncio.get_running_loop().create_future()
        words = Words(job.raw_name)
        try:
            with theirs:
                self._order(Fork(token), theirs.fileno(), words.theirs)
            ours.setblocking(False)
            session = Session(self, token, ours, words)
            await session.send(tools)
            await session.send(job, descriptor)
        except BaseException:
            self.forget(token)
            ours.close()
            words.close()
            raise
        finally:
            words.hand_over()
        return session

    def _start_parent(self) -> None:
        ours, theirs = socket.socketpair()
        with theirs:
            # -P: never import from the working directory. -I where we run so ourselves.
            flags = ["-I"] if sys.flags.isolated else ["-P"]
            program = "from pipeline.workers.nursery import main; main()"
            with _signals_blocked():
                self._process = subprocess.Popen(
                    [
                        *(sys.executable, *flags, "-c", program, str(theirs.fileno())),
                        *(msgspec.json.encode(self._terms).decode(), *self._preload),
                    ],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=_STDERR,  # plugins print; standard output is for answers
                    env=environment.harmless(),
                )
        ours.setblocking(False)
        self._control = ours
        self._listener = asyncio.create_task(self._listen(ours))

    def _order(self, order: Fork | Kill, *descriptors: int) -> None:
        if self._control is None:
            raise _no_parent()
        try:
            socket.send_fds(self._control, [encode(order)], descriptors)
        except OSError as error:
            raise _no_parent() from error

    async def _listen(self, control: socket.socket) -> None:
        """Collect reports until the parent is gone; then every worker of its is lost."""
        loop, lines = asyncio.get_running_loop(), LineBuffer()
        with contextlib.suppress(OSError, WireError):
            while data := await loop.sock_recv(control, _READ):
                lines.add(data)
                while (line := lines.next()) is not None:
                    report = REPORTS.decode(line)
                    if isinstance(report, Exited):
                        self._exited(report)
                    else:
                        self._weak(report.text)
        _log.warning("the parent of the workers has ended; the next dump gets another")
        self._end_parent()

    def _exited(self, report: Exited) -> None:
        exit_ = self._exits.get(report.token)
        if exit_ is not None and not exit_.done():
            exit_.set_result(report)

    def _weak(self, text: str) -> None:
        """Say once what workers cannot give up."""
        if text not in self._weaknesses:
            self._weaknesses.add(text)
            _log.warning("workers keep more than they need: %s", one_line(text))

    def _end_parent(self) -> None:
        """Let it end its workers, which nothing else does on a Mac, before it goes itself."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._process.wait(_PARENT_WAIT)
            self._process.kill()
            self._process.wait()
            self._process = None
        for exit_ in self._exits.values():
            if not exit_.done():
                exit_.cancel()

    def kill(self, token: int) -> None:
        with contextlib.suppress(WireError):
            self._order(Kill(token))

    async def exit(self, token: int, patience: float) -> Exited | None:
        """Wait for the report of a worker's end; None where it does not come, or not in time."""
        exit_ = self._exits[token]
        await asyncio.wait([exit_], timeout=patience)
        return exit_.result() if exit_.done() and not exit_.cancelled() else None

    def forget(self, token: int) -> None:
        self._exits.pop(token, None)

    def when_ended(self, token: int, call: Callable[[], None]) -> None:
        """Call when the worker has ended, or nobody can know it any more."""
        self._exits[token].add_done_callback(lambda _: call())

    async def stop(self) -> None:
        """End the parent and with it every worker, at once."""
        if self._listener is not None:
            self._listener.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._listener
        self._end_parent()


class Session:
    """A conversation with one worker."""

    def __init__(self, nursery: Nursery, token: int, sock: socket.socket, words: Words) -> None:
        self._words = words
        self._nursery = nursery
        self._token = token
        self._socket = sock
        self._messages: asyncio.Queue[Up | WireError] = asyncio.Queue(maxsize=16)
        self._listener = asyncio.create_task(self._listen())
        nursery.when_ended(token, self._ended)

    @property
    def limits(self) -> Limits:
        """What the worker may take."""
        return self._nursery.limits

    def _ended(self) -> None:
        asyncio.get_running_loop().call_later(_LAST_WORDS, self._hang_up)

    def _hang_up(self) -> None:
        """Close the wire for good: something that the worker has started may still hold it."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    async def send(self, message: Down, descriptor: int | None = None) -> None:
        """Send one message. Nothing is raised when the worker is gone: `receive` tells that.

        One that does not take what it has asked for is ended.
        """
        line = encode(message)
        try:
            await _send(self._socket, line, descriptor)
        except (TimeoutError, BlockingIOError):
            self._nursery.kill(self._token)
        except OSError:
            pass

    async def _listen(self) -> None:
        loop, lines = asyncio.get_running_loop(), LineBuffer()
        try:
            while data := await loop.sock_recv(self._socket, _READ):
                lines.add(data)
                while (line := lines.next()) is not None:
                    await self._messages.put(UP.decode(line))
        except OSError:
            pass
        except WireError as error:
            await self._messages.put(error)
            return
        await self._messages.put(_Gone("it closed the wire"))

    async def receive(self, timeout: float | None = None) -> Up | None:
        """Return the next message; None after `timeout` seconds.

        WorkerDied or WorkerLost at the end.
        """
        try:
            # Not wait_for: on Python 3.11 it loses a cancellation that comes with a message.
            async with asyncio.timeout(timeout):
                message = await self._messages.get()
        except TimeoutError:
            return None
        if isinstance(message, WireError):
            raise await self._death(message)
        return message

    async def _death(self, error: WireError) -> WorkerDied | WorkerLost:
        if isinstance(error, _Gone):
            report = await self._nursery.exit(self._token, _LAST_WORDS)
            if report is not None:
                return WorkerDied(cause(report.status, self.limits, too_heavy=report.too_heavy))
        self._nursery.kill(self._token)  # it lives on, but not with us
        if await self._nursery.exit(self._token, _EXIT_WAIT) is None:
            return _no_parent()
        return WorkerDied(f"the worker broke the protocol: {error}")

    async def close(self) -> None:
        """End the worker, whatever it is doing."""
        self._listener.cancel()
        self._nursery.kill(self._token)
        self._nursery.forget(self._token)
        self._socket.close()
        self._words.close()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listener


@contextlib.contextmanager
def _signals_blocked() -> Iterator[None]:
    """Start a child with the signals blocked that it will ignore: a Ctrl-C is for us alone."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, IGNORED)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _no_parent() -> WorkerLost:
    return WorkerLost("the parent of the workers has ended")


async def _send(sock: socket.socket, data: bytes, descriptor: int | None) -> None:
    """Send all; on macOS the socket's buffer is smaller than a long job."""
    if descriptor is not None:
        data = data[socket.send_fds(sock, [data], [descriptor]) :]
    async with asyncio.timeout(_SEND_WAIT):
        await asyncio.get_running_loop().sock_sendall(sock, data)
