"""Secret values, of the configuration and of what stages report, kept out of what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any
from urllib.parse import unquote

from pipeline.display import one_line

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://)")
_URL = re.compile(_SCHEME.pattern + r"://\S*")
_PRIVATE_KEY = re.compile(
    r"(AGE-(SECRET-KEY|PLUGIN)-|-----BEGIN [A-Z ]*PRIVATE KEY).*", re.IGNORECASE
)
_KEY_OF_QUERY = re.compile(r"[?&][^=&]*=")
_BETWEEN_PARTS = re.compile(r"[/:@?&#,;]+")
_LINK = "presigned_url"
"""Under this name a stage reports, and an alert's facts hold, a URL that needs no password."""
_SHORTEST_PART = 4
"""Characters: hiding shorter ones would hide half of every sentence."""


def secret_fields(cls: type) -> frozenset[str]:
    """Return the keys whose values must never be shown: `field(metadata={"secret": True})`."""
    if not is_dataclass(cls):
        return frozenset()
    return frozenset(field.name for field in fields(cls) if field.metadata.get("secret"))


def redacted_url(text: str) -> str:
    """Return `scheme://…` for a URL, which may hold passwords, and any other text as it is."""
    scheme = _SCHEME.match(text)
    return f"{scheme[0]}://…" if scheme else text


def without_private_key(text: str) -> str:
    """Return the text up to a private key that somebody wrote where none belongs."""
    return _PRIVATE_KEY.sub("(a private key)", text)


def redacted(value: object) -> object:
    """Return a secret value with everything hidden but its shape and the schemes of URLs."""
    if isinstance(value, list | tuple):
        return [redacted(item) for item in value]
    if isinstance(value, Mapping):
        return {key: redacted(item) for key, item in value.items()}
    scheme = _SCHEME.match(str(value))
    return f"{scheme[0]}://…" if scheme else "…"


def withheld(text: str, secrets: Iterable[str]) -> str:
    """Return a plugin's own error text without the secret values that it may repeat."""
    for secret in filter(None, secrets):
        text = text.replace(secret, "…")
    return one_line(text, 300)


def without_secrets(text: str, secrets: Iterable[object]) -> str:
    """Return a library's words as one line without secret values, their parts, or any URL.

    Libraries repeat a URL's path, user or token by itself, quoted or not.
    """
    parts = {part for secret in secrets for part in _parts(secret)}
    for part in sorted(parts, key=len, reverse=True):
        text = text.replace(part, "…")
    return one_line(_URL.sub(lambda url: redacted_url(url[0]), text))


def without_links(value: Any) -> Any:
    """Return JSON values without the presigned URLs in them, wherever else these stand as well."""
    return _without(value, set(_links(value)))


def _links(value: object) -> Iterator[str]:
    if isinstance(value, Mapping):
        link = value.get(_LINK)
        if isinstance(link, str) and link:
            yield link
        value = list(value.values())
    if isinstance(value, list | tuple):
        for item in value:
            yield from _links(item)


def _without(value: object, links: set[str]) -> object:
    if isinstance(value, Mapping):
        return {key: _without(item, links) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without(item, links) for item in value]
    if isinstance(value, str):
        for link in links:
            value = value.replace(link, redacted_url(link))
    return value


def _parts(secret: object) -> Iterator[str]:
    if isinstance(secret, Mapping):
        secret = list(secret.values())
    if isinstance(secret, list | tuple):
        for item in secret:
            yield from _parts(item)
    elif isinstance(secret, str):
        scheme = _SCHEME.match(secret)
        rest = secret.removeprefix(f"{scheme[0]}://") if scheme else secret
        pieces = (rest, *_BETWEEN_PARTS.split(_KEY_OF_QUERY.sub("/", rest)))
        for piece in (*pieces, *map(unquote, pieces)):
            if len(piece) >= _SHORTEST_PART:
                yield piece
