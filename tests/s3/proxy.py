"""A proxy in front of an S3 server that does harm where a test tells it to.

    with FaultProxy(weed.endpoint) as proxy:            # or the fixture `proxy`
        server = weed.behind(proxy.endpoint)            # signatures stay valid
        proxy.add(Answer(503, "SlowDown"), "PutObject", times=2)
        proxy.add(ResetRequest(after=100_000), "UploadPart", query={"partNumber": "2"})
        held = proxy.add(HoldRequest(after=1 << 20), "UploadPart")
        ...
        held.reached.wait(30)                           # a part is half there
        held.release()
        assert proxy.count("UploadPart") == 3           # also bytes_up(), bytes_down(), exchanges
        proxy.offline()                                 # connections are refused and broken off
        proxy.online()

The faults are in `tests/s3/faults.py`. A rule strikes the first `times` requests (None: all) that
are of its kind (S3's name of the operation) and fit `path` (a regular expression) and `query`,
after letting `skip` of them pass; of several rules the oldest one that strikes counts.
"""

from __future__ import annotations

import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.s3.faults import Fault, ResetConnectionError
from tests.s3.http_stream import Head, HttpStream, PeerGoneError, first_to_speak
from tests.s3.operations import operation

_FORWARD = Fault()


@dataclass(eq=False)
class Exchange:
    """One request that came by, and what became of it."""

    kind: str
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body_up: int = 0
    """Bytes of the request's body that reached the server."""
    body_down: int = 0
    status: int | None = None
    """What the client was answered; None where it got no answer."""


@dataclass(eq=False)
class Rule:
    fault: Fault
    kind: str | None
    path: str
    query: Mapping[str, str]
    skip: int
    times: int | None
    hits: int = 0
    reached: threading.Event = field(default_factory=threading.Event)
    """Set once the rule has struck."""
    released: threading.Event = field(default_factory=threading.Event)

    def release(self) -> None:
        """Let go on what the rule holds."""
        self.released.set()

    def strikes(self, exchange: Exchange) -> bool:
        if self.kind not in (None, exchange.kind) or not re.search(self.path, exchange.path):
            return False
        if any(exchange.query.get(name) != value for name, value in self.query.items()):
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.times is not None and self.hits >= self.times:
            return False
        self.hits += 1
        return True


class FaultProxy:
    """Listens until the end of its `with` block; a thread for each connection."""

    def __init__(self, upstream: str, *, certificate: tuple[Path, Path] | None = None) -> None:
        """Forward to `upstream` (http); with a certificate and its key, speak TLS to clients."""
        target = urlsplit(upstream)
        assert target.hostname
        assert target.port
        self._upstream = (target.hostname, target.port)
        self._tls: ssl.SSLContext | None = None
        if certificate:
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(*certificate)
        self.exchanges: list[Exchange] = []
        self._rules: list[Rule] = []
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        self._socket = _bound(0)
        self.port: int = self._socket.getsockname()[1]
        self.endpoint = f"{'https' if certificate else 'http'}://127.0.0.1:{self.port}"

    def __enter__(self) -> FaultProxy:
        self._listen()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.clear()
        self.offline()
        self._socket.close()

    def add(
        self,
        fault: Fault,
        kind: str | None = None,
        *,
        path: str = "",
        query: Mapping[str, str] | None = None,
        skip: int = 0,
        times: int | None = 1,
    ) -> Rule:
        rule = Rule(fault, kind, path, query or {}, skip, times)
        with self._lock:
            self._rules.append(rule)
        return rule

    def clear(self) -> None:
        """Forget all rules, and let go on what they hold."""
        with self._lock:
            rules, self._rules = self._rules, []
        for rule in rules:
            rule.release()

    def offline(self) -> None:
        """Refuse connections, and break off those that are open."""
        _shut(self._socket)
        self._socket = _bound(self.port)  # keeps the port; refuses as long as nobody listens
        with self._lock:
            for connection in self._open:
                _shut(connection)

    def online(self) -> None:
        self._listen()

    def count(self, kind: str | None = None) -> int:
        """How many requests (of a kind) came by."""
        return sum(kind in (None, each.kind) for each in self.exchanges)

    def bytes_up(self, kind: str | None = None) -> int:
        """How many bytes of bodies (of requests of a kind) reached the server."""
        return sum(each.body_up for each in self.exchanges if kind in (None, each.kind))

    def bytes_down(self, kind: str | None = None) -> int:
        return sum(each.body_down for each in self.exchanges if kind in (None, each.kind))

    def _listen(self) -> None:
        self._socket.listen(64)
        threading.Thread(target=self._accept, args=(self._socket,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection = listener.accept()[0]
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError, PeerGoneError), contextlib.ExitStack() as stack:
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            stack.enter_context(self._known(connection))
            server = socket.create_connection(self._upstream)
            stack.enter_context(self._known(server))
            try:
                client = HttpStream(connection)
                while (head := client.head()) and self._exchange(head, client, HttpStream(server)):
                    pass
            except ResetConnectionError:
                _reset(connection)

    @contextlib.contextmanager
    def _known(self, connection: socket.socket) -> Iterator[None]:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self._lock:
            self._open.add(connection)
        try:
            yield
        finally:
            with self._lock:
                self._open.discard(connection)
            connection.close()

    def _exchange(self, head: Head, client: HttpStream, server: HttpStream) -> bool:
        """Handle one request; returns whether the connection can be used for another."""
        exchange, fault, released = self._arrived(head)
        if (answer := fault.begin(released)) is not None:
            exchange.status = Head.parse(answer).status
            return _refuse(answer, head, client)
        server.send(head.raw)
        final = None
        if head.headers.get("expect") and first_to_speak(client, server) is server:
            final = _interim(client, server)
        if final is None:
            pieces = fault.request(client.body(head), released)
            final = _send_body(pieces, exchange, client, server)
        early = final is not None
        while final is None:
            final = _interim(client, server)
        fault.answered()
        exchange.status = final.status
        client.send(final.raw)
        if exchange.method != "HEAD" and final.status not in (204, 304):
            for piece in fault.response(server.body(final, of_answer=True)):
                client.send(piece)
                exchange.body_down += len(piece)
        if early:
            _drain(client)
        return not (early or head.closes or final.closes)

    def _arrived(self, head: Head) -> tuple[Exchange, Fault, threading.Event]:
        method, target, _ = head.first
        parts = urlsplit(target)
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        kind = operation(method, parts.path, query, head.headers)
        exchange = Exchange(kind, method, unquote(parts.path), query, head.headers)
        with self._lock:
            self.exchanges.append(exchange)
            rule = next((each for each in self._rules if each.strikes(exchange)), None)
        if rule is None:
            return exchange, _FORWARD, threading.Event()
        rule.reached.set()
        return exchange, rule.fault, rule.released


def _send_body(
    pieces: Iterator[bytes], exchange: Exchange, client: HttpStream, server: HttpStream
) -> Head | None:
    """Forward a request's body; returns the head of an answer that comes before its end."""
    for piece in pieces:
        if server.waiting() and (early := _interim(client, server)):
            return early
        server.send(piece)
        exchange.body_up += len(piece)
    return None


def _interim(client: HttpStream, server: HttpStream) -> Head | None:
    """Read the head of an answer; an interim one, such as 100, is passed on: None."""
    head = server.head()
    if head is None:
        raise ResetConnectionError
    if head.status >= 200:
        return head
    client.send(head.raw)
    return None


def _refuse(answer: bytes, head: Head, client: HttpStream) -> bool:
    if head.headers.get("expect"):
        client.send(answer)
        return False
    for _ in client.body(head):
        pass
    client.send(answer)
    return True


def _drain(client: HttpStream) -> None:
    """Take what still comes, or the answer would be lost with the connection."""
    with contextlib.suppress(OSError):
        client.connection.shutdown(socket.SHUT_WR)
        client.connection.settimeout(1)
        while client.connection.recv(1 << 16):
            pass


def _bound(port: int) -> socket.socket:
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind(("127.0.0.1", port))
    return made


def _reset(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


def _shut(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.shutdown(socket.SHUT_RDWR)
