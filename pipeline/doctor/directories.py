"""Whether the daemon's directories are there, its own, and closed to everybody else. Pure."""

from __future__ import annotations

import errno
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.doctor.wording import NEEDS_ROOT, fail, ok, unknown, warn
from pipeline.machine import Finding
from pipeline.machine.looking import Look

_CHECK = "configuration.directories"
_DENIED = frozenset({errno.EACCES, errno.EPERM})


@dataclass(frozen=True, kw_only=True)
class Expected:
    """One directory, and what is asked of it."""

    role: str
    """What it is for, in a word or two."""
    path: str
    """Safe to show."""
    private: int
    """Permission bits that nobody but its owner may have: 0o077, 0o027 or 0o022."""
    must_exist: bool = False
    """Whether somebody else than the daemon has to make it."""


def findings(
    expected: Iterable[tuple[Expected, Look]], trusted: Collection[int], *, needs_root: bool
) -> Iterator[Finding]:
    """Judge each; a single line where all are as they should be.

    `trusted` are the users who may own them.
    """
    fine = []
    wrong = []
    for directory, look in expected:
        finding = _judged(directory, look, trusted, needs_root=needs_root)
        if finding is None:
            fine.append(directory.role)
        else:
            wrong.append(finding)
    yield from wrong
    if fine and not wrong:
        yield ok(_CHECK, f"{', '.join(fine)}: as they should be")


def _judged(
    wanted: Expected, look: Look, trusted: Collection[int], *, needs_root: bool
) -> Finding | None:
    path = wanted.path
    if look.kind is None or look.fault is not None:
        if needs_root and look.error in _DENIED:
            return unknown(_CHECK, f"{path}: {NEEDS_ROOT}")
        return fail(_CHECK, f"{path} ({wanted.role}): {look.fault}")
    if look.kind == "missing":
        return _missing(wanted)
    if look.kind != "directory":
        what = "a symbolic link" if look.kind == "link" else "no directory"
        return fail(_CHECK, f"{path} ({wanted.role}) is {what}", f"sudo rm '{path}'")
    return _foreign(wanted, look, trusted)


def _missing(wanted: Expected) -> Finding | None:
    if not wanted.must_exist:
        return None
    return warn(_CHECK, f"{wanted.path} ({wanted.role}) is not there", "sudo panicpipe install")


def _foreign(wanted: Expected, look: Look, trusted: Collection[int]) -> Finding | None:
    path, mode = wanted.path, look.mode or 0
    if look.owner not in trusted:
        what = f"{path} ({wanted.role}) belongs to uid {look.owner}, who can change what is in it"
        return fail(_CHECK, what, "look what is in it, remove it, then: sudo panicpipe install")
    open_to = mode & wanted.private
    if open_to & 0o022:
        what = f"others can write to {path} ({wanted.role}; mode {mode:04o})"
        return fail(_CHECK, what, f"sudo chmod {_closed(wanted)} '{path}'")
    if open_to:
        what = f"others can read {path} ({wanted.role}; mode {mode:04o}), and dumps are secret"
        return warn(_CHECK, what, f"sudo chmod {_closed(wanted)} '{path}'")
    return None


def _closed(wanted: Expected) -> str:
    names: Mapping[int, str] = {0o077: "go-rwx", 0o027: "g-w,o-rwx", 0o022: "go-w"}
    return names[wanted.private]
