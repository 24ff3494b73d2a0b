"""Why something could not be reached or understood, in words that repeat no address or secret."""

from __future__ import annotations

import http.client
import os
import smtplib
import socket
import ssl
from collections.abc import Iterator

_MOST = 20
"""Errors in a chain that are looked at."""


def cause(error: BaseException) -> str:
    """Return the first thing known about an error, from those that it was made of."""
    for each in _chain(error):
        words = _words(each)
        if words:
            return words
    return type(error).__name__


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield the innermost errors first: requests and urllib3 wrap them in their arguments."""
    found: list[BaseException] = []
    waiting = [error]
    while waiting and len(found) < _MOST:
        each = waiting.pop(0)
        if each in found:
            continue
        found.append(each)
        inner = (getattr(each, "reason", None), *each.args, each.__cause__, each.__context__)
        waiting.extend(one for one in inner if isinstance(one, BaseException))
    return reversed(found)


def _words(error: BaseException) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {error.verify_message}"
    if isinstance(error, ssl.SSLError):
        return f"TLS failed: {(error.reason or 'no reason given').replace('_', ' ').lower()}"
    if isinstance(error, TimeoutError):
        return "timed out"
    if isinstance(error, socket.gaierror):
        return "its name cannot be resolved"
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return "the server closed the connection"
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return str(error)
    if isinstance(error, http.client.RemoteDisconnected):
        return "the server closed the connection without an answer"
    if isinstance(error, http.client.HTTPException):
        return "the answer is not HTTP"
    if isinstance(error, OSError) and error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return "timed out" if "Timeout" in type(error).__name__ else None
