"""Real servers for alerts: one that takes mail, and sockets that answer oddly or never."""

from __future__ import annotations

import contextlib
import email
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword


@dataclass
class Post:
    """A mail server on loopback, and what it was given."""

    port: int = 0
    password: str = "hunter22"
    answer: str = "250 2.0.0 Ok: queued as 4711"
    """To a mail; to its recipient and its sender are those below."""
    to_recipient: str = "250 OK"
    to_sender: str = "250 OK"
    hangs_up_at: str | None = None
    mails: list[EmailMessage] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_MAIL(  # noqa: N802
        self, server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        envelope.mail_from = address
        return self._reply(server, "mail", self.to_sender)

    async def handle_RCPT(  # noqa: N802
        self, server: Any, _session: Any, envelope: Envelope, address: str, _options: Any
    ) -> str:
        if self.to_recipient.startswith("2"):
            envelope.rcpt_tos.append(address)
        return self._reply(server, "rcpt", self.to_recipient)

    async def handle_DATA(self, server: Any, _s: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("2") and self.hangs_up_at != "data":
            data = envelope.content
            assert isinstance(data, bytes)
            self.mails.append(email.message_from_bytes(data, policy=default))
            self.encrypted.append(bool(server.transport.get_extra_info("ssl_object")))
        return self._reply(server, "data", self.answer)

    def _reply(self, server: Any, command: str, reply: str) -> str:
        if self.hangs_up_at == command:
            server.transport.abort()
        return reply

    def login(self, _s: Any, _session: Any, _e: Any, _mechanism: str, data: Any) -> AuthResult:
        given = isinstance(data, LoginPassword) and data.password == self.password.encode()
        return AuthResult(success=given, handled=False)

    def url(self, password: str = "hunter22", **query: str) -> str:
        query = {
            "from": "panicpipe@example.com",
            "to": "ops@example.com",
            "mode": "insecure",
        } | query
        options = "&".join(f"{key}={value}" for key, value in query.items())
        return f"mailto://ops:{password}@127.0.0.1:{self.port}?{options}"


@contextlib.contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, starttls: ssl.SSLContext | None = None, **options: Any
) -> Iterator[Post]:
    """A mail server without encryption, with it from the first byte on, or once it is asked to."""
    post = Post(port=closed_port(), **options)
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        ssl_context=tls,
        tls_context=starttls,
        require_starttls=starttls is not None,
        authenticator=post.login,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


@contextlib.contextmanager
def trickling(byte: bytes = b"x", first: bytes = b"") -> Iterator[int]:
    """A port that answers without end, often enough for no time-out between two bytes."""

    def answer(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(first)
        while not over.wait(0.02):
            connection.sendall(byte)

    with _serving(answer) as port:
        yield port


@contextlib.contextmanager
def answering(answer: bytes | None, *, unasked: bool = False) -> Iterator[int]:
    """A port that answers every request with these bytes; with None it takes all and is silent."""

    def respond(connection: socket.socket, over: threading.Event) -> None:
        if answer is None:
            over.wait()
            return
        if not unasked:
            connection.recv(65536)
        connection.sendall(answer)
        connection.shutdown(socket.SHUT_WR)
        while connection.recv(65536):  # unread bytes would make a reset of the end
            pass

    with _serving(respond) as port:
        yield port


@contextlib.contextmanager
def _serving(answer: Callable[[socket.socket, threading.Event], object]) -> Iterator[int]:
    over = threading.Event()

    def serve(connection: socket.socket) -> None:
        with connection, contextlib.suppress(OSError):
            answer(connection, over)

    def accept() -> None:
        with contextlib.suppress(OSError):
            while True:
                threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server.getsockname()[1]
        finally:
            over.set()
            server.shutdown(socket.SHUT_RDWR)
            accepting.join()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
