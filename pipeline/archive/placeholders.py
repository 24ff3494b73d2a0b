"""What a key template may name, and what that is for one dump."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pipeline.corefile import DumpName
from pipeline.display import safe_filename
from pipeline.model import Dump

SHORT_HASH = 16
"""Hexadecimal digits of the content's SHA-256 that `{hash}` stands for."""
_LONGEST_NAME = 120
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_SECOND = 253402300799
"""Of the year 9999: a file's time can be set to anything."""
_XNU = re.compile(r"\bxnu-([0-9]{1,8}(?:\.[0-9]{1,8}){0,5})(?![0-9.])")


@dataclass(frozen=True)
class Placeholder:
    """One thing that differs from dump to dump."""

    pattern: str
    """What it can be, as a regular expression."""
    longest: int
    stable: bool = True
    """Whether it is the same when the same dump is archived again, perhaps from a copy."""


_WORD = r"[A-Za-z0-9][A-Za-z0-9._-]*"

PLACEHOLDERS: Mapping[str, Placeholder] = {
    "host": Placeholder(r"[0-9]+(?:\.[0-9]+){3}|unknown-host", 15),
    "date": Placeholder(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", 10, stable=False),
    "year": Placeholder(r"[0-9]{4}", 4, stable=False),
    "month": Placeholder(r"[0-9]{2}", 2, stable=False),
    "day": Placeholder(r"[0-9]{2}", 2, stable=False),
    "xnu": Placeholder(r"xnu-[0-9]+(?:\.[0-9]+)*|unknown-xnu", 60),
    "name": Placeholder(_WORD, _LONGEST_NAME, stable=False),
    "hash": Placeholder(rf"[0-9a-f]{{{SHORT_HASH}}}", SHORT_HASH),
    "sha256": Placeholder(r"[0-9a-f]{64}", 64),
    "kind": Placeholder(r"[a-z]+", 9),
    "verdict": Placeholder(r"[a-z-]+", 11),
    "uuid": Placeholder(_WORD, 40),
}


def placeholder_values(dump: Dump, identity: str) -> dict[str, str]:
    """Return what each placeholder is for a dump; safe in a key whatever its name is.

    `identity` is what `content_identity` returns.
    """
    day = _EPOCH + timedelta(seconds=min(max(dump.mtime_ns // 10**9, 0), _LAST_SECOND))
    found = dump.inspection
    return {
        "host": dump.client or "unknown-host",
        "date": f"{day.year:04}-{day.month:02}-{day.day:02}",
        "year": f"{day.year:04}",
        "month": f"{day.month:02}",
        "day": f"{day.day:02}",
        "xnu": xnu_version(dump) or "unknown-xnu",
        "name": safe_filename(dump.raw_name.removesuffix(b".gz"), _LONGEST_NAME),
        "hash": identity[:SHORT_HASH],
        "sha256": identity,
        "kind": found.kind.value,
        "verdict": found.verdict.value,
        "uuid": safe_filename(found.uuid, 40) if found.uuid else "unknown-uuid",
    }


def xnu_version(dump: Dump) -> str | None:
    """Return `xnu-8019.41.5`: from the core, or else from the name."""
    match = _XNU.search(dump.inspection.version or "")
    named = DumpName.parse(dump.raw_name).xnu_version
    return f"xnu-{match[1]}" if match else named and f"xnu-{named}"[:60]


def content_identity(dump: Dump, content_sha256: str | None) -> str:
    """Return the SHA-256 that tells this dump from every other: of the file as it came.

    Where that was never computed, `content_sha256`, of its content. ValueError with neither.
    """
    identity = dump.inspection.sha256 or content_sha256 or ""
    if not re.fullmatch(r"[0-9a-f]{64}", identity):
        raise ValueError(f"{dump.name}: nobody computed its SHA-256")
    return identity
