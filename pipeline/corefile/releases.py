"""Which system a kernel belongs to, and which Kernel Debug Kit reads its cores. Pure.

What Apple has not released yet when this was written stays unknown; nothing is guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.model import CoreFacts

_DARWIN = re.compile(r"Darwin Kernel Version (\d{1,3}(?:\.\d{1,3}){0,2})(?![\d.])", re.ASCII)
_XNU = re.compile(r"root:(xnu-[\w.~-]{1,64})(?:/(\w{1,64}))?", re.ASCII)
_BUILD = re.compile(r"(\d{1,3})[A-Z]\d{1,6}[a-z]?", re.ASCII)
_LAST_OF_TEN = 19
"""Darwin 5 to 19 are Mac OS X 10.1 to macOS 10.15."""
_SINCE_ELEVEN = {20: "11", 21: "12", 22: "13", 23: "14", 24: "15", 25: "26"}


@dataclass(frozen=True, kw_only=True)
class Release:
    """What is known of a panicked system."""

    macos: str | None
    """`12`, `10.15`: what is told by a kernel or a build; neither tells more."""
    build: str | None
    """`21A559`"""
    darwin: str | None
    """`21.1.0`"""
    xnu: str | None
    """`xnu-8019.41.5~1`"""
    kernel: str | None
    """How the kernel was built, and for what: `RELEASE_ARM64_T8101`."""

    @property
    def system(self) -> str | None:
        """`macOS 12 (21A559)`, as far as known."""
        number, build = self.macos and f" {self.macos}", self.build and f" ({self.build})"
        return f"macOS{number or ''}{build or ''}" if number or build else None

    @property
    def described(self) -> str | None:
        """All of it on one line, for people."""
        parts = [
            self.system,
            self.darwin and f"Darwin {self.darwin}",
            self.xnu and (f"{self.xnu} {self.kernel}" if self.kernel else self.xnu),
        ]
        return ", ".join(filter(None, parts)) or None


def release_of(found: CoreFacts | None, named_xnu: str | None = None) -> Release:
    """Gather it from the kernel's version, the panic report and, at worst, the dump's name."""
    version = (found and found.version) or ""
    build = found.panic.os_version if found is not None and found.panic is not None else None
    darwin, xnu = _DARWIN.search(version), _XNU.search(version)
    major = _BUILD.fullmatch(build or "")
    told = darwin[1].partition(".")[0] if darwin else major[1] if major else None
    return Release(
        macos=None if told is None else macos_of_darwin(int(told)),
        build=build,
        darwin=darwin[1] if darwin else None,
        xnu=xnu[1] if xnu else named_xnu and f"xnu-{named_xnu}",
        kernel=xnu[2] if xnu else None,
    )


def macos_of_darwin(major: int) -> str | None:
    """Return the macOS that a Darwin's major number stands for; a build begins with the same."""
    if 5 <= major <= _LAST_OF_TEN:
        return f"10.{major - 4}"
    return _SINCE_ELEVEN.get(major)


def debug_kit(build: str | None, uuid: str | None) -> str | None:
    """Say which Kernel Debug Kit a debugger needs; every build has its own."""
    if build is not None:
        return f"Kernel Debug Kit for build {build}"
    return None if uuid is None else f"Kernel Debug Kit that matches kernel UUID {uuid}"
