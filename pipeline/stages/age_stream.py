"""Encrypts streams to age recipients: what `age -d` opens again with a matching identity."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, BinaryIO, Protocol

import pyrage

_CHUNK = 1 << 20
PLACEHOLDER = "age1-your-public-key"
"""What the manual's examples name, since an archive for a key that nobody holds is lost."""
_SSH = ("ssh-ed25519 ", "ssh-rsa ")


class Sink(Protocol):
    """Where the encrypted bytes go."""

    def write(self, data: bytes, /) -> int: ...


class NoRecipientError(ValueError):
    """What is wrong with a text that should be a public key; never repeats it."""


def recipient(text: str) -> Any:
    """Return what pyrage encrypts to; NoRecipientError where the text is no such public key."""
    if text == PLACEHOLDER:
        raise NoRecipientError("is a placeholder: put a public key in its place")
    if _is_secret(text):
        raise NoRecipientError("is a private key, and this machine must never see one")
    try:
        if text.startswith("age1"):
            return pyrage.x25519.Recipient.from_str(text)
        if text.startswith(_SSH):
            return pyrage.ssh.Recipient.from_str(text)
    except pyrage.RecipientError:
        raise NoRecipientError("is damaged, or of a form or length that cannot be used") from None
    raise NoRecipientError("is neither a public key of age (age1...) nor ssh-ed25519 or ssh-rsa")


def _is_secret(text: str) -> bool:
    return text.lstrip().upper().startswith("AGE-") or "PRIVATE KEY" in text


def encrypt(
    source: BinaryIO, sink: Sink, recipients: Sequence[Any], taken: Callable[[bytes], None]
) -> None:
    """Encrypt all that `source` holds; `taken` is given each piece of it first.

    What reading, `taken` or writing raises is raised here as it is.
    """
    feed = _Feed(source, taken)
    drain = _Drain(sink)
    try:
        pyrage.encrypt_io(feed, drain, recipients)
    except pyrage.EncryptError as error:  # pyrage turns what the two raise into its own words
        raise feed.fault or drain.fault or error from None


class _Feed:
    """Reads large pieces and hands out the small ones that pyrage asks for."""

    def __init__(self, source: BinaryIO, taken: Callable[[bytes], None]) -> None:
        self.fault: BaseException | None = None
        self._source = source
        self._taken = taken
        self._piece = b""
        self._at = 0

    def read(self, size: int) -> bytes:
        try:
            if self._at == len(self._piece):
                self._piece, self._at = self._source.read(_CHUNK), 0
                self._taken(self._piece)
        except BaseException as error:
            self.fault = error
            raise
        part = self._piece[self._at : self._at + size]
        self._at += len(part)
        return part


class _Drain:
    def __init__(self, sink: Sink) -> None:
        self.fault: BaseException | None = None
        self._sink = sink

    def write(self, data: bytes) -> int:
        try:
            return self._sink.write(data)
        except BaseException as error:
            self.fault = error
            raise

    def flush(self) -> None:
        """Whoever owns the sink flushes it."""
