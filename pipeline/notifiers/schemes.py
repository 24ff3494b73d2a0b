"""What a service is called in URLs."""

from __future__ import annotations

from typing import Any


def schemes(service: Any) -> frozenset[str]:
    """Return all schemes of apprise's object; its own `schema` may be that of the web behind it."""
    names: list[str] = []
    for declared in (service.protocol, service.secure_protocol):
        names.extend([declared] if isinstance(declared, str) else declared or ())
    return frozenset(names)
