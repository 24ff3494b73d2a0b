"""The lines of an outcome's alert: what matters most first, for some services cut a message short.

Pure: rows in, text out.
"""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.corefile.backtrace import frames_line
from pipeline.corefile.releases import debug_kit, release_of
from pipeline.display import duration, size
from pipeline.journal.rows import DumpRow, State
from pipeline.model import Panic
from pipeline.running.advice import next_step
from pipeline.running.ending import Ending, MaybeLine

_MOST_KEXTS = 8


def outcome_lines(ending: Ending) -> Iterator[MaybeLine]:
    """Say who, why, what, where and what next, and then the details."""
    row, found = ending.row, ending.row.inspection
    yield "Mac", ending.client
    if found is not None:
        yield from panic_lines(found.panic)
        yield "Verdict", f"{found.verdict}: {found.reason}"
    yield "File", f"{row.name}, {size(row.identity.size)}"
    for made in ending.artifacts:
        yield made.kind.capitalize(), f"{made.path}, {size(made.size)}"
    yield _reason(row)
    yield "Not lost", not_lost(ending)
    yield "Next", next_step(row, ending.artifacts)
    yield from system_lines(ending)
    yield from _durations(row)
    if found is not None:
        yield "Process", None if found.panic is None else found.panic.process
        yield "Architecture", found.architecture


def panic_lines(panic: Panic | None) -> Iterator[MaybeLine]:
    """Say why the Mac panicked, and where."""
    if panic is not None:
        yield "Panic", panic.line
        yield "Frames", frames_line(panic.frames)
        yield "Kexts", _kexts(panic)


def system_lines(ending: Ending) -> Iterator[MaybeLine]:
    """Say which system it was, and what a debugger needs for it."""
    found = ending.row.inspection
    release = release_of(found, ending.named_xnu)
    uuid = None if found is None else found.uuid
    yield "System", release.described
    yield "Kernel UUID", uuid
    yield "Debug kit", debug_kit(release.build, uuid)


def not_lost(ending: Ending) -> str | None:
    """Say what an announced dump's readers still have, where the rest went wrong."""
    row = ending.row
    if row.announced is None or row.state not in (State.PARKED, State.GONE):
        return None
    there = "the zip is there" if ending.has_zip else "what was announced stands"
    waits = "only the archive waits" if row.state is State.PARKED else "only the archive is not"
    return f"{there}; {waits}"


def _kexts(panic: Panic) -> str:
    more = ["…"] if len(panic.kexts) > _MOST_KEXTS else []
    return ", ".join([*panic.kexts[:_MOST_KEXTS], *more])


def _reason(row: DumpRow) -> MaybeLine:
    known = "" if row.inspection is None else row.inspection.reason
    if row.state is State.DONE:
        # A stage that leaves a file alone gives the verdict's words, which stand there already.
        ended = None if known and (row.reason or "").startswith(known) else row.reason
        return "Ended early", ended
    return "Reason", row.reason


def _durations(row: DumpRow) -> Iterator[MaybeLine]:
    if row.finished is None:
        return
    yield "Transfer", f"took {duration(row.finished - row.arrived)}; {row.finish}"
    if row.ended is not None:
        yield "Processing", f"took {duration(row.ended - row.finished)}"
