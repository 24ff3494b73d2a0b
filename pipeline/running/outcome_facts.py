"""An outcome as JSON values, for programs. The names are stable; what is not known is None."""

from __future__ import annotations

from collections.abc import Mapping

from pipeline.corefile.releases import debug_kit, release_of
from pipeline.model import Inspection, Panic
from pipeline.running.advice import next_step
from pipeline.running.ending import Ending
from pipeline.running.outcome_lines import not_lost


def outcome_facts(ending: Ending) -> dict[str, object]:
    """Return all that an outcome's lines say, and more; times are seconds since the epoch."""
    row = ending.row
    return {
        **dump_facts(ending),
        "arrived": row.arrived,
        "finished": row.finished,
        "finish": row.finish,
        "ended": row.ended,
        "transfer_seconds": _between(row.arrived, row.finished),
        "processing_seconds": _between(row.finished, row.ended),
        "reason": row.reason,
        "not_lost": not_lost(ending),
        "next": next_step(row, ending.artifacts),
        "previous": row.previous,
        "reuses": row.reuses,
        **_judged(row.inspection),
        **_panic(None if row.inspection is None else row.inspection.panic),
        **_system(ending),
    }


def dump_facts(ending: Ending) -> dict[str, object]:
    """Return what every alert about a dump tells of it."""
    row = ending.row
    return {
        "id": row.id,
        "name": row.name,
        "revision": row.revision,
        "client": ending.client,
        "state": str(row.state),
        "size": row.identity.size,
        "artifacts": {made.kind: made.path for made in ending.artifacts},
        "artifact_sizes": {made.kind: made.size for made in ending.artifacts},
    }


def _judged(found: Inspection | None) -> Mapping[str, object]:
    return {
        "verdict": found and str(found.verdict),
        "verdict_reason": found and found.reason,
        "check": found and found.check,
        "cause": str(found.cause) if found and found.cause else None,
        "kind": found and str(found.kind),
        "encoding": found and str(found.encoding),
        "architecture": found and found.architecture,
        "good_size": found and found.good_size,
        "uncompressed_size": found and found.uncompressed_size,
        "expected_size": found and found.expected_size,
        "sha256": found and found.sha256,
    }


def _panic(panic: Panic | None) -> Mapping[str, object]:
    return {
        "panic": panic and panic.line,
        "frames": list(panic.frames) if panic else [],
        "kexts": list(panic.kexts) if panic else [],
        "process": panic and panic.process,
    }


def _system(ending: Ending) -> Mapping[str, object]:
    found = ending.row.inspection
    release = release_of(found, ending.named_xnu)
    uuid = None if found is None else found.uuid
    return {
        "macos": release.macos,
        "build": release.build,
        "darwin": release.darwin,
        "xnu": release.xnu,
        "version": found and found.version,
        "uuid": uuid,
        "debug_kit": debug_kit(release.build, uuid),
    }


def _between(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else end - start
