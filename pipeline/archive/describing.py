"""The manifest of a dump that is about to be archived."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Literal

from pipeline.archive.manifest import Content, Manifest, StoredObject
from pipeline.archive.placeholders import content_identity, xnu_version
from pipeline.model import Dump

_NOT_A_WORD = re.compile(r"[^A-Za-z0-9._+~-]")
_LAST_SECOND = 253402300799


def _own_version() -> str:
    try:
        return _NOT_A_WORD.sub("_", version("panicpipe"))[:64]
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"


_PANICPIPE = _own_version()  # read now: whoever uploads may not be able to later


@dataclass(frozen=True, kw_only=True)
class Packing:
    """What was done to a dump before it is sent."""

    content_sha256: str
    content_size: int
    compression: Literal["zstd", "as-is"]
    recipients: Sequence[str] = ()
    """Whom it is encrypted to; empty where it is not."""

    @classmethod
    def from_facts(cls, facts: Mapping[str, Mapping[str, Any]]) -> Packing:
        """Read what the stages `compress` and `encrypt` reported; KeyError where one did not."""
        compressed = facts["compress"]
        return cls(
            content_sha256=compressed["content_sha256"],
            content_size=compressed["content_size"],
            compression=compressed["format"],
            recipients=tuple(facts.get("encrypt", {}).get("recipients", ())),
        )


def describe(
    dump: Dump, packing: Packing, objects: Sequence[StoredObject], archived: float
) -> Manifest:
    """Return the manifest; `archived` is in seconds since the epoch."""
    found = dump.inspection
    return Manifest(
        panicpipe=_PANICPIPE,
        identity=content_identity(dump, packing.content_sha256),
        name=dump.name[:2048],
        host=dump.client,
        xnu=xnu_version(dump),
        kernel_uuid=found.uuid and _NOT_A_WORD.sub("_", found.uuid)[:64],
        kind=found.kind.value,
        verdict=found.verdict.value,
        revision=dump.revision,
        arrived=_moment(dump.arrived),
        finished=_moment(dump.finished),
        archived=_moment(archived),
        file=Content(size=dump.size, sha256=found.sha256),
        content=Content(size=packing.content_size, sha256=packing.content_sha256),
        compression=packing.compression,
        encrypted=bool(packing.recipients),
        recipients=tuple(packing.recipients),
        objects=tuple(objects),
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(int(min(max(seconds, 0), _LAST_SECOND)), UTC)
