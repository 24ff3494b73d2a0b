"""What many of these tests do: inspect some bytes."""

from __future__ import annotations

from collections.abc import Iterable

from pipeline.corefile import DEFAULT_MAX_UNCOMPRESSED, DumpName, Hole, Inspector
from pipeline.model import Evidence, Inspection
from tests.cores import Arch, CoreSpec, build_core

SMALL = CoreSpec(size=96 << 10, segments=3, cpus=2)
"""Small enough for thousands of inspections, with a panic report in it."""


def inspect(
    data: bytes,
    name: str = "",
    *,
    evidence: Evidence | None = None,
    max_uncompressed: int = DEFAULT_MAX_UNCOMPRESSED,
) -> Inspection:
    return inspect_pieces(
        [data],
        name,
        evidence=evidence,
        max_uncompressed=max_uncompressed,
    )


def inspect_pieces(
    pieces: Iterable[bytes | Hole],
    name: str = "",
    *,
    evidence: Evidence | None = None,
    max_uncompressed: int = DEFAULT_MAX_UNCOMPRESSED,
) -> Inspection:
    dump_name = DumpName.parse(name.encode())
    inspector = Inspector(name=dump_name, max_uncompressed=max_uncompressed)
    for piece in pieces:
        if isinstance(piece, Hole):
            inspector.hole(piece.length)
        else:
            inspector.feed(piece)
    return inspector.finish(evidence or Evidence())


def small_core(*, arch: Arch = "x86_64", xnu: str = "8796.141.3", gzipped: bool = False) -> bytes:
    return build_core(
        CoreSpec(
            arch=arch,
            xnu=xnu,
            gzipped=gzipped,
            size=SMALL.size,
            segments=SMALL.segments,
            cpus=SMALL.cpus,
        )
    )
