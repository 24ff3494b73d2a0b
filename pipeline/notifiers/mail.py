"""Finishes a mail that apprise has made: our own plain text, and a name that stays the same."""

from __future__ import annotations

import email
import re
import socket
from email.message import Message as Mail

from pipeline import Message

_STRANGE = re.compile(r"[^A-Za-z0-9.-]+")


def headers() -> dict[str, str]:
    """Return headers that keep holiday notes and the like from being sent back."""
    return {"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}


def finished(text: str, message: Message) -> str:
    """Return a mail with the message's plain text beside its HTML, and its stable Message-ID.

    Signed and encrypted mails keep their content as it is.
    """
    mail = email.message_from_string(text)
    del mail["Message-ID"]
    mail["Message-ID"] = message_id(message.key)
    if mail.get_content_type() == "multipart/alternative":
        _set_plain_text(mail, message.text)
    return mail.as_string()


def message_id(key: str) -> str:
    """Return the same for every try, so that mail readers show a mail once that came twice."""
    return f"<{_safe(key)}@{_safe(socket.gethostname())}>"


def _safe(text: str) -> str:
    return _STRANGE.sub("-", text).strip(".-") or "panicpipe"


def _set_plain_text(mail: Mail, text: str) -> None:
    for part in mail.walk():
        if part.get_content_type() == "text/plain":
            del part["Content-Transfer-Encoding"]
            part.set_payload(text, "utf-8")
            return
