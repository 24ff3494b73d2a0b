"""Dumps as the archive sees them."""

from __future__ import annotations

from pipeline import Dump, Inspection, Kind, Verdict
from pipeline.corefile import DumpName
from pipeline.display import printable

NAME = b"core-xnu-8019.41.5-10.0.40.7-1f0c3a9e.gz"
SHA256 = "0123456789abcdef" * 4
MTIME_NS = 1_717_300_000 * 10**9  # 2024-06-02 03:46:40 UTC


def a_dump(
    raw_name: bytes = NAME,
    *,
    sha256: str | None = SHA256,
    mtime_ns: int = MTIME_NS,
    size: int = 1000,
    version: str | None = None,
    verdict: Verdict = Verdict.COMPLETE,
) -> Dump:
    return Dump(
        id=1,
        name=printable(raw_name),
        raw_name=raw_name,
        size=size,
        mtime_ns=mtime_ns,
        arrived=1_717_300_000.0,
        finished=1_717_300_060.0,
        client=DumpName.parse(raw_name).client,
        inspection=Inspection(
            verdict=verdict,
            reason="all of it",
            kind=Kind.CORE,
            file_size=size,
            good_size=size,
            sha256=sha256,
            version=version,
            uuid="30A7C132-04EE-4DB9-91FE-40ED35EB2175",
        ),
    )
