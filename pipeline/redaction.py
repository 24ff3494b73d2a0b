"""Secret values of the configuration, kept out of what is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass

from pipeline.display import one_line

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*(?=://)")


def secret_fields(cls: type) -> frozenset[str]:
    """Return the keys whose values must never be shown: `field(metadata={"secret": True})`."""
    if not is_dataclass(cls):
        return frozenset()
    return frozenset(field.name for field in fields(cls) if field.metadata.get("secret"))


def redacted_url(text: str) -> str:
    """Return `scheme://…` for a URL, which may hold passwords, and any other text as it is."""
    scheme = _SCHEME.match(text)
    return f"{scheme[0]}://…" if scheme else text


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
