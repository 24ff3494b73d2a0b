"""Why something could not be reached or understood, in words that repeat no address or secret."""

from __future__ import annotations

import http.client
import os
import smtplib
import socket
import ssl
from collections.abc import Iterator, Mapping

_MOST = 20
"""Errors in a chain that are looked at."""
_KNOWN: Mapping[type[BaseException], str] = {
    TimeoutError: "timed out",
    socket.gaierror: "its name cannot be resolved",
    smtplib.SMTPServerDisconnected: "the server closed the connection",
    http.client.RemoteDisconnected: "the server closed the connection without an answer",
    http.client.IncompleteRead: "the answer is not all there",
    http.client.HTTPException: "the answer is not HTTP",
}
"""What stands first is looked for first."""


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
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return str(error)
    known = next((words for kind, words in _KNOWN.items() if isinstance(error, kind)), None)
    if known is None and isinstance(error, OSError) and (error.errno or 0) > 0:
        return os.strerror(error.errno or 0)
    return known or ("timed out" if "Timeout" in type(error).__name__ else None)
