"""How alerts are to look, as the configuration says."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec


class Style(msgspec.Struct, frozen=True, kw_only=True):
    """What rendering needs besides the alert; sent to the child that renders."""

    hosts: Mapping[str, str] = {}
    """Names of Macs by IPv4 address."""
    dns: bool = True
    """Whether to ask the DNS for the names of others."""
    templates: str | None = None
    """Directory of templates that take the place of the built-in ones."""
