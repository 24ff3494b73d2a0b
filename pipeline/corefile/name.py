"""What a dump's file name tells: kind, kernel, client, clock."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from pipeline.model import Kind

_FORM = re.compile(
    rb"(?P<kind>core|paniclog|systemlog)"
    rb"-(?:xnu-(?P<xnu>[0-9]+(?:\.[0-9]+)*)|custom)"
    rb"-(?P<client>[0-9]{1,3}(?:\.[0-9]{1,3}){3})"
    rb"-(?P<clock>[0-9a-f]{1,8})"
    rb"(?P<rest>(?:[^0-9A-Za-z].*)?)",
    re.DOTALL,
)
_MAX_NAME = 255


@dataclass(frozen=True)
class DumpName:
    """A dump's name taken apart; every text in it is safe to show."""

    kind: Kind = Kind.OTHER
    xnu_version: str | None = None
    """Digits and dots, without `xnu-`; None for a kernel that calls itself `custom`."""
    client: str | None = None
    """IPv4 address of the panicked Mac."""
    clock: str | None = None
    """Low 32 bits of the client's clock, in hexadecimal. Not unique."""
    gzipped: bool = False
    """The name ends in `.gz`, whatever the content is."""
    generated: bool = False
    """The whole name has the form that a panicking kernel makes up by itself."""

    @classmethod
    def parse(cls, raw: bytes) -> Self:
        """Take a name apart; a foreign one gives Kind.OTHER. Never raises."""
        gzipped = raw.endswith(b".gz")
        match = _FORM.fullmatch(raw) if len(raw) <= _MAX_NAME else None
        if match is None:
            return cls(gzipped=gzipped)
        kind = Kind(match["kind"].decode())
        client = _ipv4(match["client"].decode())
        rest = b".gz" if gzipped and kind is Kind.CORE else b""
        return cls(
            kind=kind,
            xnu_version=match["xnu"].decode() if match["xnu"] else None,
            client=client,
            clock=match["clock"].decode(),
            gzipped=gzipped,
            generated=client is not None and match["rest"] == rest,
        )


def _ipv4(text: str) -> str | None:
    parts = text.split(".")
    plain = all(part == str(int(part)) and int(part) < 256 for part in parts)
    return text if plain else None
