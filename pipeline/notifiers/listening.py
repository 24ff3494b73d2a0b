"""Hears what services answer: apprise itself tells only whether it is content.

It watches requests and smtplib, which apprise sends through, in the whole process, which is there
for one message.
"""

from __future__ import annotations

import contextlib
import smtplib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_COMMANDS = frozenset({"ehlo", "helo", "starttls", "auth", "mail", "rcpt", "data", "rset", "quit"})
_TOO_MANY = 429
_TOLD_BY_REPLY = (smtplib.SMTPResponseException, smtplib.SMTPRecipientsRefused)


@dataclass(frozen=True)
class HttpAnswer:
    """A web server's answer, after redirections."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class SmtpReply:
    """A mail server's reply to one command, of which only the name is kept."""

    command: str
    code: int
    text: str


Heard = HttpAnswer | SmtpReply | BaseException


class AskedAgain(BaseException):
    """A plugin goes on although the service wants a pause.

    No Exception, so that the plugin does not take it for a fault of its own.
    """


@dataclass
class Exchange:
    """What was heard, in order, and what was sent to prove who we are."""

    heard: list[Heard] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list, repr=False)

    @property
    def pause_wanted(self) -> bool:
        last = next(reversed(self.heard), None)
        return isinstance(last, HttpAnswer) and last.status == _TOO_MANY


@contextlib.contextmanager
def listening(mail: Callable[[str], str]) -> Iterator[Exchange]:
    """Keep what is answered; let `mail` look over each mail before it goes."""
    exchange = Exchange()
    with contextlib.ExitStack() as stack:
        for owner, name, hearing in (*_web(exchange), *_mail(exchange, mail)):
            stack.enter_context(_instead(owner, name, hearing))
        yield exchange


@contextlib.contextmanager
def _instead(owner: Any, name: str, hearing: Callable[..., Any]) -> Iterator[None]:
    original = getattr(owner, name)
    setattr(owner, name, lambda *args, **kwargs: hearing(original, *args, **kwargs))
    try:
        yield
    finally:
        setattr(owner, name, original)


def _web(exchange: Exchange) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    import requests  # apprise's own; slow: only where there is something to send

    def send(original: Any, session: Any, request: Any, **options: Any) -> Any:
        if exchange.pause_wanted:
            raise AskedAgain
        proof = request.headers.get("Authorization", "")
        exchange.secrets.extend(proof.split() if isinstance(proof, str) else ())
        try:
            answer = original(session, request, **options)
        except Exception as error:
            exchange.heard.append(error)
            raise
        exchange.heard.append(HttpAnswer(answer.status_code, answer.headers, answer.content or b""))
        return answer

    yield requests.Session, "send", send


def _mail(
    exchange: Exchange, mail: Callable[[str], str]
) -> Iterator[tuple[Any, str, Callable[..., Any]]]:
    command = "connect"

    def putcmd(original: Any, server: Any, verb: str, *args: Any) -> Any:
        nonlocal command
        known = verb.lower() in _COMMANDS
        command = verb.lower() if known else "auth"  # what follows AUTH is the password
        if command == "auth":
            exchange.secrets.extend(args[0].split()[1:] if known and args else [verb])
        return original(server, verb, *args)

    def getreply(original: Any, server: Any) -> Any:
        code, text = original(server)
        exchange.heard.append(SmtpReply(command, code, text.decode("utf-8", "replace")))
        return code, text

    def attempt(original: Any, *args: Any, **options: Any) -> Any:
        try:
            return original(*args, **options)
        except OSError as error:  # smtplib's own are such as well
            if not isinstance(error, _TOLD_BY_REPLY):
                exchange.heard.append(error)
            raise

    def sendmail(original: Any, server: Any, sender: str, to: Any, text: str, *args: Any) -> Any:
        return attempt(original, server, sender, to, mail(text), *args)

    yield smtplib.SMTP, "putcmd", putcmd
    yield smtplib.SMTP, "getreply", getreply
    yield smtplib.SMTP, "sendmail", sendmail
    for name in ("__init__", "starttls", "login"):
        yield smtplib.SMTP, name, attempt
