"""Real servers for alerts: one that takes mail, and sockets that answer oddly or never."""

from __future__ import annotations

import contextlib
import email
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword


@dataclass
class Post:
    """A mail server on loopback without encryption, and what it was given."""

    port: int = 0
    password: str = "hunter22"
    answer: str = "250 taken"
    mails: list[EmailMessage] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.answer.startswith("2"):
            data = envelope.content
            assert isinstance(data, bytes)
            self.mails.append(email.message_from_bytes(data, policy=default))
        return self.answer

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
def mail_server(**options: Any) -> Iterator[Post]:
    post = Post(port=closed_port(), **options)
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=post.port,
        authenticator=post.login,
        auth_require_tls=False,
    )
    controller.start()
    try:
        yield post
    finally:
        controller.stop()


@contextlib.contextmanager
def answering(answer: bytes | None) -> Iterator[int]:
    """A port that answers every request with these bytes; with None it takes all and is silent."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        held: list[socket.socket] = []

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    connection = server.accept()[0]
                    held.append(connection)
                    if answer is not None:
                        connection.recv(65536)
                        connection.sendall(answer)
                        connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield server.getsockname()[1]
        finally:
            server.shutdown(socket.SHUT_RDWR)
            for connection in held:
                connection.close()
            thread.join()


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
    return port
