"""What a Mac is called: by the configuration, or by the DNS, whose answers anybody may make."""

from __future__ import annotations

import re
import socket
from queue import Empty, SimpleQueue
from threading import Thread

from pipeline.display import one_line
from pipeline.messages.style import Style

_DNS_PATIENCE = 2.0
"""Seconds; an alert is no better for its name coming late."""
_HOST_NAME = re.compile(r"(?=.*[A-Za-z])[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251}[A-Za-z0-9])?")
"""A letter somewhere: no address can be passed off as a name."""
_LONGEST_SHOWN = 64


def name_of(client: str, style: Style) -> str | None:
    """Return the name of the Mac with this address; None where nobody knows one."""
    configured = style.hosts.get(client)
    name = configured or (_asked(client) if style.dns else None)
    return one_line(name, _LONGEST_SHOWN) if name else None


def _asked(client: str) -> str | None:
    """Ask the DNS, and wait for so long only: the resolver itself may take minutes."""
    answers: SimpleQueue[str] = SimpleQueue()
    Thread(target=_ask, args=(client, answers), daemon=True).start()
    try:
        name = answers.get(timeout=_DNS_PATIENCE).rstrip(".")
    except Empty:
        return None
    return name if _HOST_NAME.fullmatch(name) else None


def _ask(client: str, answers: SimpleQueue[str]) -> None:
    try:
        answers.put(socket.gethostbyaddr(client)[0])
    except (OSError, UnicodeError):
        answers.put("")
