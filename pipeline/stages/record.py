"""The `dump.json` that lies beside a core in its zip: what was found, for people and programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from pipeline import Dump, Panic, Verdict

NAME = "dump.json"
_FORMAT = 1


def _own_version() -> str:
    try:
        return version("panicpipe")
    except PackageNotFoundError:  # run from a source tree that is not installed
        return "unknown"


_PANICPIPE = _own_version()  # read now: a worker without rights may not be able to later


def dump_record(dump: Dump, packaged: float, *, archive: Mapping[str, Any] | None = None) -> bytes:
    """Return the record as indented JSON in UTF-8; `packaged` is in seconds since the epoch.

    `archive` says what the file beside it holds and what proves it, where that is no zip.
    """
    facts = _facts(dump, packaged)
    if archive is not None:
        facts["archive"] = dict(archive)
    text = json.dumps(facts, indent=2, ensure_ascii=False) + "\n"
    return text.encode("utf-8", "backslashreplace")  # a lone surrogate becomes JSON's own escape


def _facts(dump: Dump, packaged: float) -> dict[str, Any]:
    found = dump.inspection
    return {
        "format": _FORMAT,
        "name": dump.name,
        "revision": dump.revision,
        "client": dump.client,
        "kind": found.kind.value,
        "encoding": found.encoding.value,
        "architecture": found.architecture,
        "version": found.version,
        "uuid": found.uuid,
        "panic": _panic(found.panic),
        "incomplete": found.verdict is not Verdict.COMPLETE,
        "verdict": found.verdict.value,
        "reason": found.reason,
        "check": found.check,
        "cause": found.cause.value if found.cause else None,
        "file_size": found.file_size,
        "good_size": found.good_size,
        "uncompressed_size": found.uncompressed_size,
        "expected_size": found.expected_size,
        "sha256": found.sha256,
        "arrived": iso_utc(dump.arrived),
        "finished": iso_utc(dump.finished),
        "packaged": iso_utc(packaged),
        "panicpipe": _PANICPIPE,
    }


def _panic(panic: Panic | None) -> dict[str, Any] | None:
    if panic is None:
        return None
    return {
        "line": panic.line,
        "reason": panic.reason,
        "cpu": panic.cpu,
        "caller": panic.caller,
        "kexts": list(panic.kexts),
        "process": panic.process,
        "os_version": panic.os_version,
    }


def iso_utc(seconds: float) -> str:
    """Return `2024-05-06T07:08:09Z`."""
    return datetime.fromtimestamp(int(seconds), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
