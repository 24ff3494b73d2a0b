"""What `inspect` and `show` say of a panic and of the system that panicked, in the same words."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.corefile.backtrace import frames_line
from pipeline.corefile.releases import debug_kit, release_of
from pipeline.model import CoreFacts, Panic

_Rows = Iterator[tuple[str, str | None]]


def panic(found: Panic) -> _Rows:
    """Why it panicked, and who was at work."""
    yield "Panic", found.line
    yield "Frames", frames_line(found.frames)
    yield "Kexts", ", ".join(found.kexts) or None
    yield "Process", found.process


def system(found: CoreFacts) -> _Rows:
    """Which macOS it was, and what a debugger needs for it."""
    release = release_of(found)
    yield "System", release.system
    yield "Debug kit", debug_kit(release.build, found.uuid)
